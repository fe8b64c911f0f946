"""Outputs of other resources among a mesh's arguments: waited for, checked, and put where their placeholders stand.

The program goes by placeholders (meshx/config/leaves.py), so that a preview shows the whole plan. A resource's inputs
get the values as the checked configuration has them, once all outputs of the mesh are known: a wrong value fails before
anything is made with it. A preview checks what it knows.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import pulumi
import yaml

# Plain classes of arguments, which the SDK tells in no public way.
from pulumi._types import is_input_type

# What the SDK's own calls of functions wait by.
from pulumi.runtime.sync_await import _sync_await  # pyright: ignore[reportPrivateUsage]

from meshx.config.errors.paths import path_of
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.config.leaves import SHOWN, Kind, Leaf, placeholders_in
from meshx.config.program_arguments import AwaitedValue, value_at
from meshx.config.stack import StackConfiguration
from meshx.stack.refused_configuration import RefusedConfigurationError

NOT_SHOWN = "[secret]"
Values = Mapping[str, object]
_OUTPUTS: dict[str, pulumi.Output[Any]] = {}
"""Every checked output of this process, by its placeholder: no two meshes have the same one."""
_PATHS: dict[str, str] = {}
_GIVEN: dict[str, pulumi.Output[Any]] = {}
"""The outputs themselves, not checked."""


class AwaitedOutputs:
    """The outputs among one mesh's arguments."""

    def __init__(self, awaited: Mapping[str, AwaitedValue], load: Callable[[Values], StackConfiguration]) -> None:
        """load: makes the configuration with these values in place; raises ConfigurationError."""
        self._load = load
        self._awaited = {placeholder: _output_of(one.output) for placeholder, one in awaited.items()}
        self._places = awaited
        self._checked: asyncio.Future[StackConfiguration] = asyncio.ensure_future(self._check())
        self.checked: pulumi.Output[None] = pulumi.Output(set(), self._none(), _settled(True))
        """Nothing, once all that is known was checked: fails where something is wrong."""
        for placeholder, output in self._awaited.items():
            if placeholder in _OUTPUTS:
                continue  # of the mesh that this is a part of, and checked with it
            _OUTPUTS[placeholder] = self._checked_output(placeholder, output)
            _PATHS[placeholder] = path_of(awaited[placeholder].location)
            _GIVEN[placeholder] = output

    def after_check(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """A transformation: the resource is made only once the values were checked, also without one of its own."""
        plain = next(((key, value) for key, value in args.props.items() if isinstance(value, str)), None)
        if plain is None:
            return None
        key, value = plain
        waiting = self.checked.apply(lambda _: value)
        return pulumi.ResourceTransformationResult({**args.props, key: waiting}, args.opts)

    async def _none(self) -> None:
        await self._checked

    async def _check(self) -> StackConfiguration:
        values: dict[str, object] = {}
        problems: list[Problem] = []
        secrets: list[str] = []
        for placeholder, output in self._awaited.items():
            value = await output.future()
            if not await output.is_known():
                continue
            values[placeholder] = value
            if await output.is_secret():
                secrets.append(str(value))
            if value is None:
                location = self._places[placeholder].location
                problems.append(Problem(location, "the output has no value", "one that has, or leave the key out"))
        try:
            if problems:
                raise ConfigurationError(problems)
            return self._load(values)
        except ConfigurationError as error:
            told = ConfigurationError(_without(one, secrets) for one in error.problems)
            raise RefusedConfigurationError(told) from None

    def _checked_output(self, placeholder: str, output: pulumi.Output[Any]) -> pulumi.Output[Any]:
        place = self._places[placeholder]

        async def value() -> Any:
            checked = await self._checked
            return value_at(checked, place.location) if await output.is_known() else None

        async def secret() -> bool:
            return place.leaf.kind is Kind.SECRET or await output.is_secret()

        return pulumi.Output(output.resources(), value(), output.is_known(), secret())


def substituted(value: Any) -> Any:
    """A value, with outputs in the places of placeholders, however deep they stand; itself where there are none."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, pulumi.Output):
        output = cast("pulumi.Output[Any]", value)
        return output.apply(lambda known: pulumi.Output.from_input(substituted(known))) if _OUTPUTS else output
    if isinstance(value, dict):
        return {key: substituted(below) for key, below in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [substituted(item) for item in cast("list[Any]", value)]
    if is_input_type(type(value)):  # pyright: ignore[reportUnknownArgumentType]
        other: Any = copy.copy(value)
        other.__dict__ = substituted(other.__dict__)
        return other
    return value


def substituting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """A transformation: a resource's inputs get the values of the outputs among the arguments."""
    return pulumi.ResourceTransformationResult(substituted(dict(args.props)), args.opts)


def _text(text: str) -> str | pulumi.Output[str]:
    found = {one: _OUTPUTS[one] for one in placeholders_in(text) if one in _OUTPUTS}
    if not found:
        return text
    if text in found:
        return found[text]
    return pulumi.Output.all(**found).apply(lambda values: _filled(text, values))


def _filled(text: str, values: Mapping[str, Any]) -> str:
    for placeholder, value in values.items():
        # A writer of YAML put the placeholder in quotes, and would perhaps not quote the value.
        scalar = yaml.safe_dump(str(value), width=4096).partition("\n")[0]
        text = re.sub(rf"(?m)(?<=: )'{placeholder}'$", lambda _, scalar=scalar: scalar, text)
        text = text.replace(placeholder, str(value))
    return text


def _output_of(given: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(given)


def _without(problem: Problem, secrets: Iterable[str]) -> Problem:
    """A problem whose words have none of the secrets that they are about."""
    texts = {"wrong": problem.wrong, "remedy": problem.remedy}
    for secret in filter(None, secrets):
        texts = {key: text.replace(secret, NOT_SHOWN) for key, text in texts.items()}
    return replace(problem, **texts)


async def _settled(value: bool) -> bool:
    return value


def is_output(value: object) -> bool:
    """Whether a value is an input that is not known yet: an output, or something to be awaited."""
    return isinstance(value, pulumi.Output | Awaitable)


def unknown_output() -> pulumi.Output[Any]:
    """An output that this preview can't know."""

    async def nothing() -> Any:
        return None

    return pulumi.Output(set(), nothing(), _settled(False))


def unknown_text(kind: Kind, what: str) -> str:
    """A placeholder for what this preview can't know. what: what messages call it."""

    placeholder = Leaf(kind).placeholder()
    _OUTPUTS[placeholder] = unknown_output()
    _PATHS[placeholder] = what
    return placeholder


async def known_value(text: str) -> str | None:
    """A text with the values of all outputs in it; None while one is not known."""
    filled = substituted(text)
    if isinstance(filled, str):
        return filled
    return str(await filled.future()) if await filled.is_known() else None


def waited_for(text: str) -> str | None:
    """What `text`, a placeholder or a plain text, stands for: waits for it, as calls of a plugin's functions do.

    None where it is not known. Whatever it comes of is on its way to the engine already.
    """
    if text not in _GIVEN:
        return text

    async def value() -> str | None:
        return str(await _GIVEN[text].future()) if await _GIVEN[text].is_known() else None

    return _sync_await(value())


async def unknown_paths(texts: Iterable[str]) -> list[str]:
    """The paths of the arguments in some texts whose values are not known."""
    found = dict.fromkeys(placeholder for text in texts for placeholder in placeholders_in(text))
    return [_PATHS[placeholder] for placeholder in found if await known_value(placeholder) is None]


async def as_far_as_known(text: str) -> str:
    """A text with the values that are known and no secrets, and words for the others."""
    for placeholder in placeholders_in(text):
        output = _OUTPUTS[placeholder]
        secret = await output.is_secret()
        text = text.replace(placeholder, NOT_SHOWN if secret else await known_value(placeholder) or SHOWN)
    return text
