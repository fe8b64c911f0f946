"""Machines get only packages with a known checksum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Settings
from meshx_policy.rules.sidecars import sidecar_of

_SHA256 = re.compile(r"[0-9a-f]{64}")


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """A sidecar's package without a checksum."""
    sidecar = sidecar_of(resource)
    if sidecar is None:
        return
    for package in sidecar.packages:
        if package.sha256 is None or (isinstance(package.sha256, str) and not _SHA256.fullmatch(package.sha256)):
            yield (
                f"{sidecar.place}: the package {package.source} has no SHA-256 checksum, so anything could be "
                "installed in its place. Write `sha256` in meshx:sidecar: the output of sha256sum for the package that "
                "you checked"
            )


RULE = ResourceRule("packages-with-checksum", "A sidecar's package has a SHA-256 checksum.", violations)
