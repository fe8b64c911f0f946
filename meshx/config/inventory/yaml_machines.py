"""Machines in a file of YAML, or of JSON, which is YAML as well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from meshx.config.errors.paths import Location, key_in_quotes
from meshx.config.inventory.read_file import Fault, ReadFile, ReadMachine

A_LIST = "a list, each machine with its keys: - {name: vm-1, address: 10.77.0.11}"
_TAG = "tag:yaml.org,2002:"
_KINDS: dict[str, Callable[[str], object]] = {
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": float,
    "str": str,
}
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})+)")
# Written in C where libyaml is there: ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _AsPulumi(_Loader):
    """Reads values without quotes as the YAML library of Pulumi's engine does (go-yaml v3, resolve.go).

    So `no` is a text, as it is in the stack's file. What that library reads as another number than it looks like, 010
    or 0x50, and dates, stay texts as they are written.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):
    _AsPulumi.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)


def yaml_machines(text: str) -> ReadFile:
    """The machines of a file with this text."""
    loader = _AsPulumi(text)
    try:
        root: yaml.Node | None = loader.get_single_node()
        return _machines(root, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return ReadFile(faults=[Fault(mark.line + 1 if mark else 1, f"it is no YAML: {error.problem}", A_LIST)])
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return ReadFile(faults=[Fault(line, f"it is no YAML: {error.reason}", A_LIST)])
    except RecursionError:
        return ReadFile(faults=[Fault(1, "an alias stands within what it is an alias of", A_LIST)])
    finally:
        loader.dispose()


def json_machines(text: str) -> ReadFile:
    """The machines of a file with this text; what JSON does not take, is refused in its own words."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return ReadFile(faults=[Fault(error.lineno, f"it is no JSON: {error.msg}", '[{"name": "vm-1", ...}, ...]')])
    except RecursionError:
        return ReadFile(faults=[Fault(1, "it is nested too deeply", '[{"name": "vm-1", ...}, ...]')])
    # YAML has no pairs of surrogates, in which JSON may write characters beyond U+FFFF.
    return yaml_machines(_PAIR.sub(lambda pair: pair[1] + json.loads(f'"{pair[2]}"'), text))


def _machines(root: yaml.Node | None, loader: Any) -> ReadFile:
    if root is None:
        return ReadFile(faults=[Fault(1, "it is empty", "the machines that it is to have, or [] if there are none")])
    if not isinstance(root, yaml.SequenceNode):
        return ReadFile(faults=[Fault(root.start_mark.line + 1, "it has no list of machines", A_LIST)])
    reader = _Reader(loader)
    machines: list[ReadMachine] = []
    for node in root.value:
        lines: dict[Location, int] = {(): node.start_mark.line + 1}
        machines.append(ReadMachine(reader.value(node, (), lines), lines))
    return ReadFile(machines, reader.faults)


class _Reader:
    """Makes values of nodes, and notes the line of each key."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, way: Location, lines: dict[Location, int]) -> object:
        """The value of a node; `lines` gets those of the keys below it."""
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*way, position), lines) for position, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._group(node, way, lines)
        return self._scalar(node, way)

    def _item(self, node: yaml.Node, way: Location, lines: dict[Location, int]) -> object:
        lines[way] = node.start_mark.line + 1
        return self.value(node, way, lines)

    def _group(self, node: yaml.MappingNode, way: Location, lines: dict[Location, int]) -> dict[str, object]:
        own = [str(key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for position, (key, _) in enumerate(node.value):
            if str(key.value) in own[:position]:
                self._fault(key, (*way, str(key.value)), "the key stands here twice", "one of the two")
        # Keys that come from elsewhere by `<<` stand before its own.
        self._loader.flatten_mapping(node)
        group: dict[str, object] = {}
        for key, below in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, way, "a key is a list or a group", "a text")
                continue
            name = str(key.value)
            lines[(*way, name)] = key.start_mark.line + 1
            group[name] = self.value(below, (*way, name), lines)
        return group

    def _scalar(self, node: yaml.Node, way: Location) -> object:
        text = str(node.value)
        kind = node.tag.removeprefix(_TAG)
        try:
            if kind in _KINDS:
                return _KINDS[kind](text)
        except ValueError:
            pass
        self._fault(node, way, f"the value is not what its tag, {key_in_quotes(node.tag)}, says", "it without a tag")
        return text

    def _fault(self, node: yaml.Node, below: Location, wrong: str, remedy: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, wrong, remedy, below))
