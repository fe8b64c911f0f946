"""What a rule is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast


class Unknown:
    """Stands for a value that a preview can't know yet. No rule finds fault with it: `up` asks again, and knows."""

    def __repr__(self) -> str:
        return "unknown until it is made"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Resource:
    """One resource of a stack: its type token, name and URN, its properties, and whether it is protected.

    properties: the inputs where a rule looks at one resource, the outputs where it looks at a whole stack.
    """

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    protect: bool = False

    def at(self, *keys: str) -> Any:
        """The value under keys, one below the other: None where there is none, UNKNOWN where it is not known yet."""
        return value_at(self.properties, *keys)


def value_at(value: object, *keys: str) -> Any:
    """As Resource.at, beneath any value."""
    for key in keys:
        if value is UNKNOWN:
            return UNKNOWN
        value = cast("Mapping[str, object]", value).get(key) if isinstance(value, Mapping) else None
    return value


def items_of(value: object) -> list[Any]:
    """The items of a list; none where there is no list."""
    return cast("list[Any]", value) if isinstance(value, list) else []


@dataclass(frozen=True)
class Violation:
    """What is wrong and what to change; and whose it is, by URN, where a rule looked at a whole stack."""

    message: str
    urn: str | None = None


@dataclass(frozen=True)
class Setting:
    """What a rule can be told by `--policy-pack-config`: its JSON schema, and what holds where it is not told."""

    schema: Mapping[str, Any]
    default: Any


Settings = Mapping[str, Any]


@dataclass(frozen=True)
class ResourceRule:
    """A rule that looks at one resource at a time; `violations` gives the messages."""

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
    """The settings of a rule that was told nothing."""
    return {name: setting.default for name, setting in rule.settings.items()}
