"""Writes the types of a mesh's arguments in Python from the models: `python -m meshx.config.argument_types`.

`meshx/arguments/` has a file for each file of `meshx/config/sections/`, and a class for each group of keys.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from meshx.config.errors.shapes import Shape, field_shape, keys_of
from meshx.config.section import Section
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.sections.probe import NO_PROBE, ProbeConfiguration
from meshx.config.stack import StackConfiguration

FOLDER = Path(__file__).parents[1] / "arguments"
WIDTH = 120
NAMES: dict[type[Section], str] = {StackConfiguration: "MeshArgs", MeshConfiguration: "MeshSettingsArgs"}
"""Those that are not called as their model is."""
PARTS = ("workloads", "exposed", "dns")
"""Keys of a mesh that components of their own may have: meshx/parts."""
_HEADER = '"""{title}. Written by `python -m meshx.config.argument_types` from the models."""'


def class_name(section: type[Section]) -> str:
    """The name of a group's type, such as MachineArgs."""
    return NAMES.get(section) or f"{section.__name__.removesuffix('Configuration')}Args"


def files() -> dict[str, str]:
    """The text of each file of the folder, by its name."""
    modules: dict[str, list[type[Section]]] = {}
    for section in dict.fromkeys([*_sections(Shape(StackConfiguration)), StackConfiguration]):
        modules.setdefault(_module(section), []).append(section)
    written = {f"{module}.py": _file(module, sections) for module, sections in modules.items()}
    exported = [(class_name(section), module) for module, sections in modules.items() for section in sections]
    exported.append(("ControlPlaneArgs", _module(StackConfiguration)))
    return {**written, "__init__.py": _index(exported)}


def _module(section: type[Section]) -> str:
    return f"{section.__module__.rpartition('.')[2]}_arguments"


def _sections(place: Shape) -> Iterator[type[Section]]:
    """Every section below a place, those that others need first."""
    for field in keys_of(place.section).values() if place.section else ():
        below = field_shape(field)
        below = below.item or below
        if below.section is not None:
            yield from _sections(below)
            yield below.section


def _file(module: str, sections: list[type[Section]]) -> str:
    text = "\n\n\n".join(_class(section) for section in sections)
    title = f"Arguments of a mesh: {module.removesuffix('_arguments')}"
    groups = ["\n".join(f"    {line}" for line in group) for group in _imports(module, sections, text) if group]
    checked = ["if TYPE_CHECKING:", "\n\n".join(groups), "", ""] if groups else [""]
    typing = [*(["TYPE_CHECKING"] if groups else []), *_used(text, "Any", "Literal"), "TypedDict"]
    head = [_HEADER.format(title=title), "", "from __future__ import annotations", ""]
    return "\n".join([*head, f"from typing import {', '.join(typing)}", "", *checked, text, ""])


def _imports(module: str, sections: list[type[Section]], text: str) -> Iterator[list[str]]:
    """What only the types need: of the standard library, of others, and of the folder's other files."""
    abstract = ", ".join(_used(text, "Mapping", "Sequence"))
    paths = ["from os import PathLike"] if _used(text, "PathLike") else []
    yield [*([f"from collections.abc import {abstract}"] if abstract else []), *paths]
    optional = ["from typing_extensions import NotRequired"] if _used(text, "NotRequired") else []
    yield [*(["import pulumi"] if "pulumi." in text else []), *optional]
    below = {one for section in sections for one in _sections(Shape(section)) if _module(one) != module}
    named = sorted({(_module(one), class_name(one)) for one in below if re.search(rf"\b{class_name(one)}\b", text)})
    others = {name: ", ".join(found for other, found in named if other == name) for name, _ in named}
    yield [f"from meshx.arguments.{name} import {found}" for name, found in others.items()]


def _used(text: str, *names: str) -> list[str]:
    return [name for name in names if re.search(rf"\b{name}[\[\]]", text)]


def _class(section: type[Section]) -> str:
    about = " ".join((section.__doc__ or "").split())
    fields = {name: _field(name, field) for name, field in section.model_fields.items()}
    if section is not StackConfiguration:
        return _typed(class_name(section), "TypedDict", about, fields.values())
    added = [fields.pop(name) for name in PARTS]
    base = _typed("ControlPlaneArgs", "TypedDict", "A mesh without what parts of their own may add.", fields.values())
    return f"{base}\n\n\n{_typed(class_name(section), 'ControlPlaneArgs', about, added)}"


def _typed(name: str, base: str, about: str, fields: Iterable[str]) -> str:
    return "\n".join([f"class {name}({base}):", _doc(about), "", *fields])


def _field(name: str, field: FieldInfo) -> str:
    kind = type_of(field_shape(field))
    line = f"    {name}: {kind if field.is_required() else f'NotRequired[{kind}]'}"
    if len(line) > WIDTH:
        line = f"    {name}: NotRequired[\n        {kind}\n    ]"
    return f"{line}\n{_doc(field.description or '')}"


def _doc(text: str) -> str:
    text = text.replace("\\", "\\\\")
    if len(text) + 10 <= WIDTH:
        return f'    """{text}"""'
    first, *rest = textwrap.wrap(text, WIDTH - 7, initial_indent="   ", subsequent_indent="")
    further = textwrap.wrap(" ".join(rest), WIDTH - 4, break_long_words=False)
    lines = [f'    """{first.strip()}', *(f"    {line}" for line in further)]
    if len(lines[-1]) + 3 > WIDTH:
        lines[-1:] = [lines[-1].rpartition(" ")[0], "    " + lines[-1].rpartition(" ")[2]]
    return "\n".join(lines) + '"""'


def type_of(place: Shape) -> str:
    """The type of a place in Python."""
    kind = _plain_type(place)
    return f"pulumi.Input[{kind}]" if place.leaf else kind


def _plain_type(place: Shape) -> str:
    if place.section is not None:
        name = class_name(place.section)
        return f'{name} | Literal["{NO_PROBE}"]' if place.section is ProbeConfiguration else name
    if place.choices:
        return f"Literal[{', '.join(chr(34) + choice + chr(34) for choice in place.choices)}]"
    if place.item is not None:
        item = type_of(place.item)
        return f"Sequence[{item}]" if place.is_list else f"Mapping[str, {item}]"
    if place.type is Any:
        return "Any"
    if place.takes_numbers:
        return "int | str"
    named = {bool: "bool", int: "int", str: "str", SecretStr: "str"}
    return named.get(place.type, "str | PathLike[str]")


def _index(exported: list[tuple[str, str]]) -> str:
    lines = [f"from meshx.arguments.{module} import {name} as {name}" for name, module in exported]
    return "\n".join([_HEADER.format(title="The types of a mesh's arguments"), "", *sorted(lines), ""])


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
