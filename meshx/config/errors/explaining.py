"""pydantic's errors in the words of the configuration file."""

import json

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from meshx.config.errors.paths import Location
from meshx.config.errors.problems import Problem
from meshx.config.errors.shapes import Shape, keys_of, shape_at
from meshx.config.errors.unknown_keys import nearest, unknown_key
from meshx.config.errors.words import show
from meshx.config.section import Section

LONGEST_NUMBER = 10
KEY = "[key]"  # pydantic's last step of the way to a key that is wrong itself


def explain(error: ValidationError, root: type[Section]) -> list[Problem]:
    """Every error as a problem. `root` is the model that was validated."""
    details = error.errors(include_url=False)
    # Of a list whose items are all wrong, pydantic says that it is too short as well.
    return [_explain(detail, root) for detail in details if detail["type"] != "too_short" or not detail["input"]]


def _explain(detail: ErrorDetails, root: type[Section]) -> Problem:
    location: Location = detail["loc"]
    if location[-1:] == (KEY,) and detail["type"] != "extra_forbidden":
        location = location[:-1]
    if detail["type"] == "meshx":
        context = detail.get("ctx", {})
        return Problem(location, context["wrong"], context["remedy"])
    if detail["type"] == "extra_forbidden":
        # With all of its steps: a key of this error may be called as pydantic's own last step is.
        return unknown_key(root, detail["loc"], detail["input"])
    if detail["type"] == "missing":
        return Problem(location, "missing", _example(root, location))
    place = shape_at(root, location)
    if place is None or not location:
        return Problem(location, detail["msg"], "a key or value as the reference describes it")
    return _wrong_value(detail, location, place, root)


def _wrong_value(detail: ErrorDetails, location: Location, place: Shape, root: type[Section]) -> Problem:
    name = next((part for part in reversed(location) if isinstance(part, str)), "items")
    found: object = detail["input"]
    words = place.words(name)
    wrong = f"expected {words}, found {show(found)}"
    remedy = _example(root, location)
    key = "" if isinstance(location[-1], int) else f": {name}"
    if detail["type"] == "too_short":
        wrong = f"{name} is empty"
    elif detail["type"] == "literal_error":
        remedy = nearest(str(found), place.choices) or words
    elif detail["type"] == "string_type" and isinstance(found, int | float):
        # Never the number itself: 1.10 arrives as 1.1, 0x1F as 31, 1e3 as 1000.
        remedy = "the text as it is meant, in quotes" + (f'{key}: "..."' if key else "")
    elif isinstance(found, str) and found.isdecimal() and place.type is int:
        remedy = f"the number without quotes{key}: {found}" if len(found) <= LONGEST_NUMBER else words
    elif found is None and _is_free_key(root, location):
        remedy = f'{name}: "" for an empty text, or leave the key out'
    return Problem(location, wrong, remedy)


def _is_free_key(root: type[Section], location: Location) -> bool:
    """Whether a place is one of a group whose keys are the user's, such as labels."""
    around = shape_at(root, location[:-1])
    return around is not None and around.section is None and isinstance(location[-1], str)


def _example(root: type[Section], location: Location) -> str:
    """What to write at a place: its key with an example, and what it means."""
    place = shape_at(root, location)
    around = shape_at(root, location[:-1])
    words = place.words(str(location[-1])) if place else "a value as the reference describes it"
    field = keys_of(around.section).get(str(location[-1])) if around and around.section else None
    if place and place.section:
        words = _sample(place.section) or words
    elif place and place.item and place.item.section:
        words = f"[{_sample(place.item.section)}]"
    if field is None:
        return words
    return f"{field.alias}: {json.dumps(field.examples[0]) if field.examples else words} ({field.description})"


def _sample(section: type[Section]) -> str:
    """The keys that a section must have, with examples; empty if it needs none."""
    needed = [field for field in section.model_fields.values() if field.is_required() and field.examples]
    samples = [f"{field.alias}: {json.dumps(field.examples[0])}" for field in needed if field.examples]
    return f"{{{', '.join(samples)}}}" if samples else ""
