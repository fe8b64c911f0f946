"""Settings that name a place from which Istio removes its artefacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshx.config.moved_settings import MovedSetting
from meshx.doctor.finding import Finding, fault, note


def check_artefacts(settings: Iterable[MovedSetting]) -> Iterator[Finding]:
    """A fault if they are never there; if they are still there for now, a note with the new address."""
    for moved in settings:
        if moved.never_there:
            yield fault("Istio's artefacts", moved.found, moved.cause, moved.remedy)
        else:
            yield note("Istio's artefacts", str(moved))
