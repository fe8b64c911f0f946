"""The stack's state in Pulumi's backend: what a killed run left that blocks the next one."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.finding import Finding, fault, fine, note
from meshx.recovery.state_files import StateFiles

_SUBJECT = "state"
_RECOVER = "`make recover STACK=...` (`python -m meshx recover`) mends it"


def check_state(found: StateFiles) -> Iterator[Finding]:
    """Judge the files of a file backend; for other backends Pulumi itself reports problems."""
    if not found.is_in_files:
        yield note(_SUBJECT, f"in a backend of another kind ({found.kind}): not looked at")
        return
    for file in found.broken:
        if found.live_locks:
            yield note(_SUBJECT, f"{file} is empty: a run may be writing it")
            continue
        yield fault(
            _SUBJECT,
            f"{file} was cut off",
            "a run was killed while it wrote, so Pulumi's commands end with `failed to load checkpoint: EOF`",
            _RECOVER,
        )
    if found.state is None or found.state.unreadable:
        words = f"{found.state.file} can't be read ({found.state.unreadable})" if found.state else "there is none"
        yield fault(_SUBJECT, words, "it was removed, or cut off", _RECOVER.replace("mends it", "says what is left"))
        return
    for lock in found.locks:
        if lock.is_dead:
            yield fault(_SUBJECT, f"locked by {lock.run}", "that run was killed, and its lock is still there", _RECOVER)
        else:
            yield note(_SUBJECT, f"locked by {lock.run}: a run may be under way")
    for file in found.leftovers:
        yield note(_SUBJECT, f"{file} is left over from a killed run; nothing reads it")
    if not found.broken:
        yield fine(_SUBJECT, f"{len(found.state.resources)} resources")
