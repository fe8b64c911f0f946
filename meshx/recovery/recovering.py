"""`python -m meshx recover [--stack STACK]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meshx.recovery.state_files import Checkpoint, Lock, StateFiles, look_at_state
from meshx.stack.pulumi_command import PulumiCommandError, pulumi
from meshx.stack.stack_choice import ChosenStack, StackChoiceError, chosen_stack

WHOLE, REFUSED = 0, 1
"""Exit codes: the state is readable and no run holds it; the user must do something first, as the output says."""
_NAMED = 5


class NotRecoveredError(Exception):
    """It may repair nothing, or could not repair all; the text says why and what to do."""


def add_parser(commands: Any) -> None:
    """Declare the command and its arguments, among argparse's others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "recover",
        help="mend what a killed run left in a stack's state",
        description="Looks at the stack's files in Pulumi's file backend, removes side files that a killed run left "
        "empty, compares the state with the one before it, and gives up the locks of dead runs. Exit code: 0 the next "
        "run can begin, 1 something has to be done first.",
    )
    parser.add_argument("--stack", help="the stack; left out: PULUMI_STACK, the selected one, or the only one")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Repair the stack of the project in the current folder; returns the exit code."""
    try:
        stack = chosen_stack(Path.cwd(), given.stack)
        for line in recovered(stack):
            sys.stdout.write(f"{line}\n")
    except (StackChoiceError, PulumiCommandError, NotRecoveredError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return WHOLE


def recovered(stack: ChosenStack) -> Iterator[str]:
    """Repair, and say line by line what it does and finds.

    Raises NotRecoveredError if a run may be under way (then it touches nothing) or if the state itself is damaged;
    PulumiCommandError if Pulumi can't read the stack afterwards.
    """
    found = look_at_state(stack)
    if not found.is_in_files:
        yield f"The state is in a backend of another kind ({found.kind}), where no file is left half written."
        yield "The lock of a dead run goes by `pulumi cancel`."
        return
    if live := found.live_locks:
        raise NotRecoveredError("\n".join(f"nothing was touched: {_held(lock)}" for lock in live))
    for file in found.broken:
        file.unlink(missing_ok=True)
        yield f"Removed {file}: it was cut off, and says nothing that Pulumi needs."
    for file in found.leftovers:
        yield f"Left over: {file} ({file.stat().st_size} bytes), begun by a killed run. Nothing reads it."
    yield from _compared(found)
    for lock in found.locks:
        yield f"The lock of {lock.run} since {lock.since} is given up: that run is dead."
    if found.locks:
        pulumi(stack.folder, "cancel", "--yes", "--stack", stack.named)
    pulumi(stack.folder, "stack", "--show-name", "--stack", stack.named)
    yield f"The state of {stack.name} can be read. Go on with the command that was killed; docs/recovery.md says more."


def _held(lock: Lock) -> str:
    if lock.is_dead is None:
        return (
            f"{lock.file} is the lock of {lock.run}, of which this computer can't tell whether it goes on. When it is "
            "certain that it does not, remove that file, and run this again"
        )
    return f"{lock.run} is at work on the stack since {lock.since}: wait for its end, or end it, and run this again"


def _compared(found: StateFiles) -> Iterator[str]:
    state, backup = found.state, found.backup
    if state is None or state.unreadable:
        raise NotRecoveredError(_lost(state, backup))
    pending = f", {state.pending} operations pending" if state.pending else ""
    yield f"State: {len(state.resources)} resources{pending} ({state.file})."
    if backup is None or backup.unreadable:
        yield "The state before it is not there to compare with."
        return
    yield (
        f"Against the one before it ({backup.file.name}): {_names('new', state.resources - backup.resources)}, "
        f"{_names('gone', backup.resources - state.resources)}."
    )


def _lost(state: Checkpoint | None, backup: Checkpoint | None) -> str:
    what = f"{state.file} can't be read ({state.unreadable})" if state else "the backend has no state of this stack"
    if backup is None or backup.unreadable:
        return (
            f"{what}, and the one before it is not whole either: import one of `pulumi stack export`, or an older copy"
        )
    whole = backup.file.with_name(backup.file.name.removesuffix(".bak"))
    return (
        f"{what}, and {backup.file} is whole, with {len(backup.resources)} resources: copy it to {whole}, then run "
        "this again and `pulumi up --refresh`"
    )


def _names(word: str, urns: frozenset[str]) -> str:
    if not urns:
        return f"nothing {word}"
    names = sorted(urn.rpartition("::")[2] for urn in urns)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{word} {', '.join(names[:_NAMED])}{more}"
