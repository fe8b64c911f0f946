"""The types of rules, and of the resources that they check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast


class Unknown:
    """Placeholder for a value that a preview can't know yet. Rules accept it: `up` checks again, with the value."""

    def __repr__(self) -> str:
        return "unknown until it is made"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Resource:
    """One resource of a stack: its type token, name and URN, its properties, and whether it is protected.

    properties: the inputs if a rule checks one resource, the outputs if it checks a whole stack.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    protect: bool = False

    def at(self, *keys: str) -> Any:
        """The value at a path of keys: None without one, UNKNOWN if not known yet."""
        return value_at(self.properties, *keys)


def value_at(value: object, *keys: str) -> Any:
    """Like Resource.at, for any value."""
    for key in keys:
        if value is UNKNOWN:
            return UNKNOWN
        value = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return value


def items_of(value: object) -> list[Any]:
    """The items of a list; [] for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def group_of(value: object) -> Mapping[str, Any]:
    """A group of keys; an empty one where there is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


@dataclass(frozen=True)
class Violation:
    """What is wrong and what to change; and the resource's URN, if a rule checked a whole stack."""

    message: str
    urn: str | None = None


@dataclass(frozen=True)
class Setting:
    """A setting of a rule in `--policy-pack-config`: its JSON schema and its default."""

    schema: Mapping[str, Any]
    default: Any


Settings = Mapping[str, Any]


@dataclass(frozen=True)
class ResourceRule:
    """A rule that checks one resource at a time; `violations` returns the messages."""

    name: str
    description: str
    violations: Callable[[Resource, Settings], Iterable[str]]
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])


@dataclass(frozen=True)
class StackRule:
    """A rule that compares the resources of a stack."""

    name: str
    description: str
    violations: Callable[[Sequence[Resource], Settings], Iterable[Violation]]
    settings: Mapping[str, Setting] = field(default_factory=dict[str, Setting])


Rule = ResourceRule | StackRule


def defaults(rule: Rule) -> dict[str, Any]:
    """The default settings of a rule."""
    return {name: setting.default for name, setting in rule.settings.items()}
