"""Machines in a file of CSV: a header with the keys, then a row for each machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, get_origin

from meshx.config.errors.paths import Location
from meshx.config.errors.shapes import Shape, keys_of, shape_at
from meshx.config.errors.unknown_keys import unknown_key
from meshx.config.inventory.read_file import Fault, ReadFile, ReadMachine
from meshx.config.sections.workload import MachineConfiguration
from meshx.config.stack import StackConfiguration

DELIMITERS = ",;\t"
"""The first is CSV's own (RFC 4180), the others are what spreadsheets write in its place."""
HEADER = "the keys in the first line: name,address,ssh.host"
_MACHINES: Location = ("workloads", 0, "machines", 0)


class _BrokenRowError(Exception):
    """A row that can't be read. line: that in which it begins."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def csv_machines(text: str) -> ReadFile:
    """The machines of a file with this text.

    Keys in groups are written with dots, `ssh.host` or `labels.rack`. An empty cell leaves its key out. true and false
    may be in capitals, items of a list have spaces between them, and `{}` is a group in which all is left out.
    """
    rows = _rows(text)
    nothing: list[str] = []
    try:
        line, header = next(rows, (1, nothing))
        faults = list(_header_faults(line, header))
        if faults:
            return ReadFile(faults=faults)
        ways = [_way(cell) for cell in header]
        machines: list[ReadMachine] = []
        for line, row in rows:
            if fault := _row_fault(line, row, header):
                faults.append(fault)
            else:
                cells = [(way, cell) for way, cell in zip(ways, row, strict=False) if cell]
                machines.append(_machine(line, cells))
    except _BrokenRowError as error:
        wrong = f"it is no CSV: {error}"
        return ReadFile(faults=[Fault(error.line, wrong, 'quotes around a whole cell, and "" for a quote in it')])
    return ReadFile(machines, faults)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, without spaces around its cells, with the line that it begins in."""
    head = text.partition("\n")[0]
    delimiter = next((one for one in DELIMITERS if one in head), DELIMITERS[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _BrokenRowError(line, str(error)) from None


def _header_faults(line: int, header: Sequence[str]) -> Iterator[Fault]:
    if not header:
        yield Fault(line, "it is empty", HEADER)
        return
    for position, cell in enumerate(header):
        way = _way(cell)
        if cell and shape_at(MachineConfiguration, way) is None:
            problem = unknown_key(StackConfiguration, (*_MACHINES, *way))
            yield Fault(line, problem.wrong, problem.remedy, way)
        elif cell and cell in header[:position]:
            yield Fault(line, "the key stands in the header twice", "one of the two", way)
    for key, field in keys_of(MachineConfiguration).items():
        if field.is_required() and key not in header:
            yield Fault(line, f"the header has no {key}", HEADER, (key,))


def _row_fault(line: int, row: Sequence[str], header: Sequence[str]) -> Fault | None:
    if len(row) != len(header) and any(row[len(header) :] or ["short"]):
        wrong = f"the row has {len(row)} cells, and the header {len(header)}"
        return Fault(line, wrong, "as many cells as the header has, empty ones for what is left out")
    if any(cell and not key for cell, key in zip(row, header, strict=False)):
        return Fault(line, "a cell has no key above it in the header", "its key in the first line, or an empty cell")
    return None


def _machine(line: int, cells: Sequence[tuple[Location, str]]) -> ReadMachine:
    machine: dict[str, Any] = {}
    for way, cell in cells:
        *groups, key = map(str, way)
        around: Any = machine
        for group in groups:
            # A text in the cell of the group itself is none; the checks of that key say so.
            around = around.setdefault(group, {}) if hasattr(around, "setdefault") else {}
        value = _typed(cell, shape_at(MachineConfiguration, way))
        if hasattr(around, "setdefault") and around.setdefault(key, value) is not value and value != {}:
            around[key] = value
    return ReadMachine(machine, {(): line})


def _way(cell: str) -> Location:
    """The way to a key from its cell in the header: what stands under `labels` may have dots itself."""
    way: Location = ()
    rest = cell
    while "." in rest and (place := shape_at(MachineConfiguration, way)) is not None and place.section:
        key, _, rest = rest.partition(".")
        way = (*way, key)
    return (*way, rest)


def _typed(cell: str, place: Shape | None) -> object:
    """A cell's value as its key wants it; what can't be that stays a text, of which the checks say what is wrong."""
    if place is None:
        return cell
    if place.type is bool and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if place.type is int and cell.isdecimal() and str(int(cell)) == cell:
        return int(cell)
    if get_origin(place.type) is tuple:
        return [_typed(part, place.item) for part in cell.split()]
    if cell == "{}" and (place.section or place.item):
        return {}
    return cell
