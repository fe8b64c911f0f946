"""The base of all sections of the configuration."""

from typing import Annotated, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

Item = TypeVar("Item")


def _as_tuple(value: object) -> object:
    """A list as a tuple. Strict mode takes nothing else for one: a program's set has no order."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


Listed = Annotated[tuple[Item, ...], BeforeValidator(_as_tuple)]
"""A list in the file."""


class Section(BaseModel):
    """A group of keys: camelCase in the file, snake_case here, no unknown keys, no conversions, not to be changed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )
