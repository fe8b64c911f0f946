"""From the values of a stack's file to its configuration, or to everything that is wrong with them."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from meshx.config.errors.explaining import explain
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.errors.shapes import keys_of
from meshx.config.errors.unknown_keys import SECRET_KEYS
from meshx.config.inventory.gathering import gathered
from meshx.config.rules import contradictions, environment_rules, number_rules
from meshx.config.rules.written import Written
from meshx.config.stack import StackConfiguration

NAMESPACE = "meshx:"
"""What the keys of a stack's file begin with that are meshx's."""

OPTIONAL_KEYS = frozenset(key for key, field in keys_of(StackConfiguration).items() if not field.is_required())
"""The top-level keys that may be left out, without the namespace."""

LONGEST_PATH = 200


def value_of(key: str, text: str) -> object:
    """The value of a top-level key, out of the text that Pulumi has for it: a structure as JSON, or a plain text.

    A text that is no JSON stays as it is, so that the checks say in the words of the file what is wrong with it.
    """
    if key in SECRET_KEYS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def load(
    values: Mapping[str, object],
    base: Path,
    encrypted: Collection[str] | None = None,
    stack: str | None = None,
    *,
    logs_in: bool = True,
    in_file: bool = True,
    whole: bool = True,
) -> StackConfiguration:
    """The configuration that the values make up.

    values: what the stack's file says under `meshx:`, by key without the namespace, structures parsed. The files of
    machines that it names are read as well.
    base: the project's folder, from which relative paths start.
    encrypted: the keys of which Pulumi says that they are secret or have something secret in them; None: not known.
    stack: the name of the stack that uses them; None: not compared.
    logs_in: whether this run may log in to machines; a preview needs no SSH agent.
    in_file: whether they stand in the stack's file, and not in a program. whole: whether there is nothing of the mesh
    elsewhere in the program.
    Raises ConfigurationError with all problems; none of them shows a secret.
    """
    stated = {key: value for key, value in values.items() if not _left_out(key, value)}
    misplaced = [] if encrypted is None else list(_misplaced_secrets(stated, encrypted))
    if misplaced:
        # Messages quote what they are about, so nothing else is said of values among which a secret is.
        raise ConfigurationError(misplaced)
    inventory = gathered(stated, base)
    stated, origins = inventory.stated, inventory.origins
    written = Written((), stated, origins)
    problems = [*inventory.problems, *contradictions(written, base, logs_in, whole=whole)]
    if stack is not None:
        problems += environment_rules.problems(written, stack)
    try:
        configuration = StackConfiguration.model_validate(stated, context={"base": base, "origins": origins})
    except ValidationError as error:
        problems += explain(error, StackConfiguration)
        configuration = None
    if stack is not None and in_file:
        told = {problem.location for problem in problems}
        problems += [problem for problem in number_rules.problems(base, stack) if problem.location not in told]
    if configuration is None or problems:
        raise ConfigurationError(problems, origins)
    return configuration


def _left_out(key: str, value: object) -> bool:
    """Whether an optional key has no value: Pulumi has an empty text for a key with nothing after it."""
    return key in OPTIONAL_KEYS and (value is None or value in ({}, [], ""))


def _is_no_secret(value: object) -> bool:
    """Whether a value in the place of a secret is certainly none: the path of a file, or a structure that names one."""
    path = r"[~/.$]|\{\s*\"?file|[\w./-]+\.(pem|key|ya?ml)$"
    return not isinstance(value, str) or (len(value) < LONGEST_PATH and re.match(path, value) is not None)


def _misplaced_secrets(stated: Mapping[str, object], encrypted: Collection[str]) -> Iterator[Problem]:
    for key in stated:
        if key in SECRET_KEYS and key not in encrypted and not _is_no_secret(stated[key]):
            yield Problem(
                (key,),
                "the secret stands in the stack's file in plain text, so treat it as known to others",
                f"a new one, encrypted: `pulumi config set --secret meshx:{key}`",
            )
        if key in encrypted and key not in SECRET_KEYS:
            yield Problem(
                (key,),
                "there is a secret in it, and Pulumi hands it on in plain text: it would end up in the state",
                "in plain text, if it is no secret; else the name of a file, or a key that is made for a secret: "
                + ", ".join(sorted(SECRET_KEYS)),
            )
