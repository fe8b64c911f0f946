"""The base of all sections of the configuration."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Item = TypeVar("Item")

# A list in the file. Strict mode takes only tuples for tuples, and the file's parsers give lists.
Listed = Annotated[tuple[Item, ...], Field(strict=False)]


class Section(BaseModel):
    """A group of keys: camelCase in the file, snake_case here, no unknown keys, no conversions, not to be changed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )
