"""Writes the reference of all keys from the models: `python -m meshx.config.reference > docs/configuration.md`."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.section import Section
from meshx.config.stack import StackConfiguration

INTRODUCTION = """\
# Configuration

Every key of a stack, as in `Pulumi.<stack>.yaml` under `config:`. `python -m meshx.config.reference` writes this page
from the program's own types; a test compares both.

Unknown keys, wrong types and contradictions are errors. The program reports all of them at once, each with its path,
the fault and what to write instead. Paths of files are relative to the project's folder, absolute, or begin with `~`.
Where the type says *or an output*, a program that uses meshx as a [library](library.md) may give an output of another
resource. In Python keys are written as usual there, `host_key` for `hostKey`.
Put no secret into a structure, since Pulumi passes structures on in plain text: secrets have their own keys, set with
`pulumi config set --secret`.

## What a change does

The last column says the most that a change of the key does to a machine that has joined. A preview says it of each
machine over SSH. [Upgrades](upgrades.md) says in which order machines restart.

- *changes nothing on the machine*: it is a change of the cluster, of Google Cloud, or of what `pulumi` itself does.
- *places files*: files, lines of `/etc/hosts`, or meshx's own units are put in place. The sidecar runs on.
- *runs your command*: what you wrote under `commands` or `startup` runs. `commands.update` also runs when the way to
  the machine changes.
- *restarts the sidecar*: callers go elsewhere first; in waves, if you want them.
- *has the machine rejoin*: it gets another identity, or leaves the mesh, and perhaps joins it anew.
- *replaces the instance*: Google Cloud deletes it, and makes another one.

An instance of Compute Engine gets files and restarts by its startup script, and in no wave; for another machine type it
is stopped, and boots again. A group's template never
changes: where an instance would get anything, those of a group give way to new ones, one by one.
"""
HEADER = "| key | type | default | meaning | example | a change |\n|---|---|---|---|---|---|\n"


def reference() -> str:
    """The whole page, as Markdown."""
    chapters = [INTRODUCTION, f"## All keys\n\n{_table(StackConfiguration, 'meshx:')}"]
    described: dict[type[Section], str] = {}
    for path, section in _sections(Shape(StackConfiguration), "meshx:"):
        about = (section.__doc__ or "").split("\n", maxsplit=1)[0]
        earlier = described.setdefault(section, path)
        keys = _table(section, "") if earlier == path else f"The same keys as in `{earlier}`.\n"
        chapters.append(f"## `{path}`\n\n{about}\n\n{keys}")
    return "\n".join(chapters)


def _table(section: type[Section], prefix: str) -> str:
    return HEADER + "".join(_row(prefix + key, field) for key, field in keys_of(section).items())


def _sections(place: Shape, path: str) -> Iterator[tuple[str, type[Section]]]:
    """Every section below a place, with its path; `[]` stands for any position in a list."""
    for key, field in keys_of(place.section).items() if place.section else ():
        below, way = field_shape(field), f"{path}{key}" if path.endswith(":") else f"{path}.{key}"
        if below.item is not None and below.item.section is not None:
            below, way = below.item, f"{way}[]"
        if below.section is not None:
            yield way, below.section
            yield from _sections(below, way)


def _row(key: str, field: FieldInfo) -> str:
    place = field_shape(field)
    name = str(field.alias)
    kind = "a group of keys" if place.section and not place.is_named else place.words(name)
    if place.leaf:
        kind += ", *or an output*"
    elif place.item and place.item.leaf:
        kind += ", *values may be outputs*"
    example = _yaml(field.examples[0]) if field.examples else ""
    default = "**required**" if field.is_required() else default_of(field)
    change = place.effects.words if place.effects else ""
    return f"| `{key}` | {kind} | {default} | {field.description} | {example} | {change} |\n"


def default_of(field: FieldInfo) -> str:
    """What a key has where it is left out, as JSON in code marks; "" where it has nothing, or is required."""
    if field.is_required():
        return ""
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None or isinstance(value, SecretStr | Section) or value in ((), {}):
        return ""
    return _yaml(value.value if isinstance(value, Enum) else value)


def _yaml(value: object) -> str:
    return f"`{json.dumps(value)}`"


if __name__ == "__main__":
    print(reference(), end="")
