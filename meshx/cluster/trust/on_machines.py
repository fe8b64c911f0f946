"""Which roots all machines over SSH have: an annotation of the Secret `cacerts`, written after the last machine's Join.

A machine's agent checks istiod by a file, which only a run of meshx brings. A root that issues before that run has
reached a machine cuts the machine off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography import x509

from meshx.cluster.cluster_objects import part
from meshx.config.values.certificates import fingerprint

ON_MACHINES = "meshx/roots-on-machines"


def note_of(roots: Iterable[x509.Certificate]) -> str:
    """The annotation's text: the fingerprints of the roots."""
    return " ".join(sorted(map(fingerprint, roots)))


def noted(secret: Mapping[str, Any] | None) -> set[str]:
    """The fingerprints that a Secret notes, none without one."""
    return set(str(part(part(secret or {}, "metadata"), "annotations").get(ON_MACHINES, "")).split())
