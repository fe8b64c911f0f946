"""From the values of a stack's file to its configuration, or to everything that is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from meshx.config.checks import contradictions
from meshx.config.explaining import explain
from meshx.config.problems import ConfigurationError
from meshx.config.shapes import keys_of
from meshx.config.stack import StackConfiguration
from meshx.config.written import Written

KNOWN_KEYS = frozenset(keys_of(StackConfiguration))
"""The top-level keys, without the namespace `meshx:`."""

OPTIONAL_KEYS = frozenset(key for key, field in keys_of(StackConfiguration).items() if not field.is_required())
"""Those of them that may be left out."""

SECRET_KEYS = frozenset({"sshPrivateKey"})
"""Those of them that hold a secret, as plain text; all others hold structures."""


def load(values: Mapping[str, object], base: Path) -> StackConfiguration:
    """The configuration that the values make up.

    values: what the stack's file says under `meshx:`, by key without the namespace, structures parsed.
    base: the project's folder, from which relative paths start.
    Raises ConfigurationError with all problems; it never names the value of a secret.
    """
    stated = {key: value for key, value in values.items() if not _left_out(key, value)}
    context = {"base": base}
    problems = list(contradictions(Written((), stated), base))
    try:
        configuration = StackConfiguration.model_validate(stated, context=context)
    except ValidationError as error:
        problems += explain(error, StackConfiguration)
    else:
        if not problems:
            return configuration
    raise ConfigurationError(problems)


def _left_out(key: str, value: object) -> bool:
    """Whether an optional key has the empty default that Pulumi.yaml gives it, or no value at all."""
    return key in OPTIONAL_KEYS and (value is None or value in ({}, [], ""))
