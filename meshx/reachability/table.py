"""The table that a preview prints: who reaches what, changed rows first, and the reasons for what is not reached."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.reachability.rows import NOWHERE, Row

WIDTH = 116
"""Columns of text. The terminal's own width does not count: the engine owns it, and a pipeline has none."""
LONGEST = 60
"""How many rows the table shows; it leaves out unchanged rows that are reached first."""
WAITS = "waits for up"
MARKS = {"new": "+", "changed": "~", "gone": "-"}
_TLS = {"mutual": "mutual TLS", "none": "in plain"}
_SHORT = f".svc.{CLUSTER_DOMAIN}"


def rendered(rows: Mapping[str, Row], changes: Mapping[str, str], waiting: Mapping[str, Sequence[str]]) -> str:
    """The table as plain text.

    changes: "new", "changed" or "gone" for rows that differ from the last run's, by key. waiting: the paths of the
    settings behind a row that nobody knows before the `up`, by key.
    """
    gone = [key for key, how in changes.items() if how == "gone"]
    ordered = sorted(rows, key=lambda key: (key not in changes, rows[key]["ends"] != NOWHERE))
    shown, left_out = ordered[:LONGEST], ordered[LONGEST:]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for column in ("", "from", "to", "way", "ends at"):
        table.add_column(column, overflow="fold", header_style="")
    for key in gone:
        table.add_row(MARKS["gone"], *_ends(key), "", "no more a pair")
    for key in shown:
        row = rows[key]
        mark = MARKS[changes[key]] if key in changes else ""
        ends = f"{row['ends']} ({WAITS})" if waiting.get(key) else row["ends"]
        table.add_row(mark, *(Text(part) for part in (*_ends(key), _way(row), ends)))
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(table)
    lines = [_summary(rows, changes), *(line.rstrip() for line in text.getvalue().splitlines())]
    if left_out:
        lines.append(f"and {len(left_out)} more that are reached as before; the state has them all")
    return "\n".join([*lines, *_reasons({key: rows[key] for key in shown}), *_waits(waiting)])


def _waits(waiting: Mapping[str, Sequence[str]]) -> list[str]:
    """What is not known yet, each once, and how many pairs are checked by the `up` alone."""
    paths = list(dict.fromkeys(path for of_row in waiting.values() for path in of_row))
    if not paths:
        return []
    pairs = sum(bool(of_row) for of_row in waiting.values())
    more = f" and {len(paths) - 3} more" if len(paths) > 4 else ""  # noqa: PLR2004 - one line
    named = ", ".join(paths[:3] if more else paths)
    return [f"{pairs} pairs wait for the up, which alone knows {named}{more}; it checks them before it makes anything."]


def _summary(rows: Mapping[str, Row], changes: Mapping[str, str]) -> str:
    missed = sum(row["ends"] == NOWHERE for row in rows.values())
    words = f"Reachability: {len(rows)} pairs, {len(rows) - missed} reached, {missed} not"
    if len(changes) == len(rows) and all(how == "new" for how in changes.values()):
        return f"{words}; none was known before"
    return f"{words}; {len(changes)} changed since the last up" if changes else f"{words}; unchanged since the last up"


def _ends(key: str) -> tuple[str, str]:
    caller, _, called = key.partition(" -> ")
    return caller, called.replace(_SHORT, "")


def _way(row: Row) -> str:
    if row["way"] == "none":
        return "none"
    stated = row["tls"].partition(", ")[0]
    return f"{row['way']}, {_TLS.get(stated, stated)}"


def _reasons(rows: Mapping[str, Row]) -> list[str]:
    """Each reason once, with the remedy."""
    found = dict.fromkeys((row["reason"], row["remedy"]) for row in rows.values() if row["reason"])
    return [line for reason, remedy in found for line in (f"Not reached: {reason}.", f"    remedy: {remedy}")]
