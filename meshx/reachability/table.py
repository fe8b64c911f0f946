"""The table that a preview prints: who reaches what, changed rows first, and the reasons for what is not reached."""

from __future__ import annotations

import io
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.reachability.rows import NOWHERE, Row

WIDTH = 116
"""Columns of text. The terminal's own width does not count: the engine owns it, and a pipeline has none."""
LONGEST = 60
"""How many rows the table shows; it leaves out unchanged rows that are reached first."""
MARKS = {"new": "+", "changed": "~", "gone": "-"}
_TLS = {"mutual": "mutual TLS", "none": "in plain"}
_SHORT = f".svc.{CLUSTER_DOMAIN}"


def rendered(rows: Mapping[str, Row], changes: Mapping[str, str]) -> str:
    """The table as plain text. changes: "new", "changed" or "gone" for rows that differ from the last run's, by key."""
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
        table.add_row(mark, *(Text(part) for part in (*_ends(key), _way(row), row["ends"])))
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(table)
    lines = [_summary(rows, changes), *(line.rstrip() for line in text.getvalue().splitlines())]
    if left_out:
        lines.append(f"and {len(left_out)} more that are reached as before; the state has them all")
    return "\n".join([*lines, *_reasons({key: rows[key] for key in shown})])


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
