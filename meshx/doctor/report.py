"""Prints the findings: a table for the cluster and for each machine, the likely cause and the remedy below it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from meshx.doctor.examination import Examined
from meshx.doctor.finding import State, likely_cause

_STYLES = {State.OK: "green", State.NOTE: "cyan", State.UNKNOWN: "yellow", State.FAULT: "bold red"}


def report(console: Console, examined: Sequence[Examined]) -> int:
    """Print what was found; return the number of faults."""
    for one in examined:
        console.print(_table(one))
        _verdict(console, one)
    faults = sum(finding.state is State.FAULT for one in examined for finding in one.findings)
    sick = [one.name for one in examined if likely_cause(one.findings)]
    words = f"{faults} fault{'s' if faults > 1 else ''}: {', '.join(sick)}" if faults else "No fault found."
    console.print(Text(words, _STYLES[State.FAULT if faults else State.OK]), soft_wrap=True)
    return faults


def _table(examined: Examined) -> Table:
    table = Table(title=examined.name, title_justify="left", title_style="bold", show_header=False, expand=True)
    table.add_column("subject", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("found", ratio=1, overflow="fold")
    for finding in examined.findings:
        table.add_row(finding.subject, Text(finding.state.value, _STYLES[finding.state]), Text(finding.found))
    return table


def _verdict(console: Console, examined: Examined) -> None:
    """The first fault in full, on unbroken lines; the others may follow from it."""
    cause = likely_cause(examined.findings)
    if cause is None:
        return
    for words, text in (
        ("Likely cause:", f"{cause.subject}: {cause.found}"),
        ("Because:", cause.cause),
        ("Remedy:", cause.remedy),
    ):
        console.print(Text.assemble((words, "bold"), f" {text}"), soft_wrap=True)
    console.print()
