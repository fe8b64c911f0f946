"""The stack's configuration as a whole: Linux lets Pulumi hand over only so much of it."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.doctor.finding import Finding, fault, fine, note
from meshx.stack.configuration_size import LONGEST, REMEDY, warning_of_size

_SUBJECT = "configuration"


def check_configuration_size(taken: int) -> Iterator[Finding]:
    """Judge how many bytes the configuration takes where Pulumi hands it over."""
    found = f"{taken / 1024:.0f} KiB of the {LONGEST // 1024} KiB that Linux lets Pulumi hand over"
    if taken > LONGEST:
        yield fault(
            _SUBJECT, found, "the stack's file has too many machines: runs end with `argument list too long`", REMEDY
        )
    elif warning := warning_of_size(taken):
        yield note(_SUBJECT, warning)
    else:
        yield fine(_SUBJECT, found)
