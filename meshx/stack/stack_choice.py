"""Which stack is meant, and its configuration as Pulumi has it, from outside a run.

Pulumi itself reads the stack's file and all that adds to it: values of the project, environments of ESC, secrets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from meshx.config.loading import NAMESPACE, load, value_of
from meshx.config.owner import Owner, stack_owner, stated_owner
from meshx.config.stack import StackConfiguration
from meshx.stack.backend import NO_ORGANISATION, PROJECT_FILES, known_backend
from meshx.stack.pulumi_command import PulumiCommandError, pulumi


class StackChoiceError(ValueError):
    """There is no such stack here, or Pulumi does not say its configuration; the text says what to do."""


@dataclass(frozen=True)
class ChosenStack:
    """A stack of the project in `folder`.

    project: the project's name. named: the stack as Pulumi is told of it, with its organization where that was given.
    """

    folder: Path
    project: str
    named: str

    @property
    def name(self) -> str:
        """Its name alone, as the program has it."""
        return self.named.rpartition("/")[2]


def chosen_stack(folder: Path, asked: str | None) -> ChosenStack:
    """Return the stack: the one asked for, PULUMI_STACK, the one that Pulumi has selected, or the only one.

    Raises StackChoiceError with the names there are; PulumiCommandError.
    """
    project = _project(folder)
    if named := asked or os.environ.get("PULUMI_STACK"):
        return ChosenStack(folder, project, named)
    there = _stacks(folder)
    selected = next((name for name, current in there.items() if current), None)
    if selected is None and len(there) == 1:
        selected = next(iter(there))
    if selected is None:
        raise StackChoiceError(f"no stack is selected: name one by --stack; {_named(there)}")
    return ChosenStack(folder, project, selected)


@dataclass(frozen=True)
class _Entry:
    text: str = field(repr=False)
    is_secret: bool


@dataclass(frozen=True)
class StackSettings:
    """What Pulumi hands the program of a stack, by whole keys, secrets included."""

    stack: ChosenStack
    entries: Mapping[str, _Entry]

    @property
    def handed_over(self) -> str:
        """All of it as the program gets it, but for bytes of escapes: one JSON text, with structures as texts."""
        texts = {key: entry.text for key, entry in self.entries.items()}
        return json.dumps(texts, separators=(",", ":"), ensure_ascii=False)


def settings_of(stack: ChosenStack) -> StackSettings:
    """Return a stack's settings; PulumiCommandError, StackChoiceError."""
    try:
        # With secrets Pulumi resolves the environments of ESC as well (`pulumi config --help`, --open).
        said = pulumi(stack.folder, "config", "--json", "--show-secrets", "--stack", stack.named)
    except PulumiCommandError as error:
        if "no stack named" not in error.said:
            raise
        there = _named(_stacks(stack.folder))
        raise StackChoiceError(f"there is no stack {stack.named!r}: name one by --stack; {there}") from None
    values: dict[str, dict[str, Any]] = json.loads(said)
    entries = {key: _Entry(str(one.get("value", "")), bool(one.get("secret"))) for key, one in values.items()}
    return StackSettings(stack, entries)


def configuration_of(settings: StackSettings) -> StackConfiguration:
    """Return what the settings make up, checked as the program does; ConfigurationError with all problems."""
    stack = settings.stack
    entries = {key.removeprefix(NAMESPACE): one for key, one in settings.entries.items() if key.startswith(NAMESPACE)}
    stated = {key: value_of(key, entry.text) for key, entry in entries.items()}
    encrypted = {key for key, entry in entries.items() if entry.is_secret}
    return load(stated, stack.folder, encrypted, stack.name)


def owner_of(stack: ChosenStack, configuration: StackConfiguration) -> Owner:
    """The owner that a stack is, as its program has it; PulumiCommandError."""
    if configuration.environment.owner:
        return stated_owner(configuration.environment.owner)
    organisation = _organisation(stack)
    backend = known_backend(stack.folder, organisation)
    return stack_owner(organisation, backend, stack.project, stack.name)


def _organisation(stack: ChosenStack) -> str:
    if not known_backend(stack.folder, "").startswith("http"):
        return NO_ORGANISATION
    if "/" in stack.named:
        return stack.named.partition("/")[0]
    # The address of its page, https://app.pulumi.com/<organization>/<project>/<stack>.
    listed: list[dict[str, Any]] = json.loads(pulumi(stack.folder, "stack", "ls", "--json"))
    pages = [str(one.get("url") or "") for one in listed if one["name"] in (stack.named, stack.name)]
    return next((urlsplit(page).path.split("/")[1] for page in pages if page), "")


def _project(folder: Path) -> str:
    file = next((folder / name for name in PROJECT_FILES if (folder / name).is_file()), None)
    if file is None:
        raise StackChoiceError(
            f"{folder} is no Pulumi project (it has no Pulumi.yaml): run this in the project's folder"
        )
    try:
        # Without types: a name such as 010 or on stays what is written.
        content: Any = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - makes texts alone
        return str(content["name"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise StackChoiceError(f"{file} does not say the project's name ({' '.join(str(error).split())})") from None


def _stacks(folder: Path) -> dict[str, bool]:
    """The project's stacks by name, and whether Pulumi has it selected."""
    listed: list[dict[str, Any]] = json.loads(pulumi(folder, "stack", "ls", "--json"))
    return {str(one["name"]): bool(one.get("current")) for one in listed}


def _named(stacks: dict[str, bool]) -> str:
    return f"there are {', '.join(sorted(stacks))}" if stacks else "there is none yet (`pulumi stack init`)"
