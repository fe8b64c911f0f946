"""Where Istio publishes its artefacts, and the old places where it removes them in December 2026.

Source: istio.io, blog 2026, "retirement-of-gcp" and the announcement of 1.31: the new host has charts, packages and
everything else of every version; 1.31 and later were never at the old ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

ARTEFACTS = "https://blob.istio.io/istio-release"
"""Istio's own host; below it charts/ and releases/<version>/."""
IMAGES = "docker.io/istio"
OCI_CHARTS = "ghcr.io/istio/release/charts"

FIRST_ELSEWHERE = (1, 31)
"""The first version that was never published at an old place."""

_BUCKET = (
    r"(?:https?://)?(?:storage|commondatastorage)\.googleapis\.com(?::\d+)?/istio-release",
    r"(?:https?://)?istio-release\.(?:storage|commondatastorage)\.googleapis\.com(?::\d+)?",
    r"(?:https?://)?storage\.cloud\.google\.com/istio-release",
    r"(?:https?://)?gcsweb\.istio\.io/gcs/istio-release",
    r"gs://istio-release",
)
"""All addresses of Google's bucket: its hosts, former and alternative ones, and Istio's own view of it."""
_BUCKET_API = r"(?:https?://)?(?:storage|www)\.googleapis\.com(?:/download)?/storage/v1/b/istio-release/o"
_REGISTRIES = r"(?:gcr\.io/istio-release|registry\.istio\.io/release)"

# Text before the address must not make it part of another one: the path of a mirror, a longer host name. `:-` may
# precede it, as in a shell's ${HUB:-gcr.io/istio-release}.
_OLD = re.compile(
    r"(?:(?<=:-)|(?<![\w./@%-]))"
    rf"(?:(?P<api>{_BUCKET_API})|(?P<bucket>{'|'.join(_BUCKET)})|(?P<oci>oci://)?{_REGISTRIES}(?P<charts>/charts)?)"
    r"(?![\w-]|\.\w)"
    r"(?P<below>(?:[/:@?#](?:[^\s\"'`<>|;&()\\,]|&(?=\w))*)?)",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?:/releases/|[-:])v?(\d+)\.(\d+)\b")


@dataclass(frozen=True)
class MovedAddress:
    """An address at an old place, its new one, and the version in it (None without one)."""

    old: str
    new: str
    version: tuple[int, int] | None


def moved_addresses(text: str) -> Iterator[MovedAddress]:
    """The addresses at an old place in a text: a URL, a registry, or a script with several."""
    for match in _OLD.finditer(text):
        old, below = match.group().rstrip("."), match["below"].rstrip(".")
        if match["api"]:
            new = f"{ARTEFACTS}{unquote(below.partition('?')[0])}"
        elif match["bucket"]:
            new = f"{ARTEFACTS}{below}"
        else:
            new = f"{match['oci'] or ''}{OCI_CHARTS if match['charts'] else IMAGES}{below}"
        found = _VERSION.search(unquote(below))
        yield MovedAddress(old, new, (int(found[1]), int(found[2])) if found else None)
