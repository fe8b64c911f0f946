"""Who leads to whom in meshx, read from the source.

A definition leads to what it names: functions, classes with all of their methods, tables, those of its own file and
those that the file imports. A token leads to the function that answers it. So more ways are found than are ever gone,
and a definition that is not reached is one that nobody calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

MESHX = Path(__file__).parents[2] / "meshx"
TABLE = ("meshx.control_plane.functions", "FUNCTIONS")
"""Its functions are reached by their tokens alone."""

Place = tuple[str, str]
"""A module and the name of a definition in it."""


@dataclass
class Module:
    """A file: its top-level definitions, and what its other names stand for."""

    definitions: dict[str, list[ast.AST]] = field(default_factory=dict)
    imported: dict[str, Place] = field(default_factory=dict)


def module_name(path: Path) -> str:
    """The name that a file is imported by."""
    parts = path.relative_to(MESHX.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def files(*rooms: str) -> Iterator[Path]:
    """All files of rooms."""
    for room in rooms:
        yield from (path for path in sorted((MESHX / room).rglob("*.py")) if "__pycache__" not in path.parts)


class Calls:
    """The graph of all of meshx."""

    def __init__(self) -> None:
        self.modules = {module_name(path): _module(path) for path in files(".")}
        (table,) = self.modules[TABLE[0]].definitions[TABLE[1]]
        assert isinstance(table, ast.AnnAssign) and isinstance(table.value, ast.Dict)
        self.tokens = {
            str(key.value): self.modules[TABLE[0]].imported[value.id]
            for key, value in zip(table.value.keys, table.value.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
        }

    def reached(self, paths: Iterable[Path]) -> set[Place]:
        """All that these files lead to."""
        todo = {
            (module, name)
            for path in paths
            for module in [module_name(path)]
            for name in self.modules[module].definitions
        }
        found: set[Place] = set()
        while todo:
            place = todo.pop()
            found.add(place)
            todo |= set(self._used(place)) - found
        return found

    def _used(self, place: Place) -> Iterator[Place]:
        module = self.modules[place[0]]
        if place == TABLE:
            return
        for definition in module.definitions.get(place[1], []):
            for node in ast.walk(definition):
                if isinstance(node, ast.Constant) and node.value in self.tokens:
                    yield self.tokens[str(node.value)]
                elif isinstance(node, ast.Name):
                    yield from self._meant(place[0], node.id)
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    outer = module.imported.get(node.value.id)
                    if outer and ".".join(outer) in self.modules:
                        yield from self._meant(".".join(outer), node.attr)

    def _meant(self, module: str, name: str) -> Iterator[Place]:
        known = self.modules[module]
        if name in known.definitions:
            yield module, name
        elif name in known.imported:
            where, imported = known.imported[name]
            if f"{where}.{imported}" in self.modules:
                # A module handed on as a value, such as one of a loop's: all of it.
                yield from ((f"{where}.{imported}", one) for one in self.modules[f"{where}.{imported}"].definitions)
            elif where in self.modules:
                yield where, imported


def _module(path: Path) -> Module:
    module, name = Module(), module_name(path)
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                module.imported[alias.asname or alias.name] = (node.module, alias.name)
    for number, node in enumerate(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        else:
            names = [f"{name} {number}"]
        for one in names:
            module.definitions.setdefault(one, []).append(node)
    return module
