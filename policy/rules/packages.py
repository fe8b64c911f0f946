"""What is installed on machines is what somebody looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy.rules.rule import Resource, ResourceRule, Settings

_SHA256 = re.compile(r"[0-9a-f]{64}")


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """A sidecar's package whose content is not known by its sum."""
    if resource.type != "meshx:index:Join":
        return
    package = resource.at("bundle", "package")
    if not isinstance(package, dict):
        return
    sha256 = resource.at("bundle", "package", "sha256")
    if sha256 is None or (isinstance(sha256, str) and not _SHA256.fullmatch(sha256)):
        yield (
            f"bundle.package {resource.at('bundle', 'package', 'source')} has no SHA-256 sum, so anything could be "
            "installed in its place. Write `sha256` in meshx:sidecar, as sha256sum prints it of the package that you "
            "looked at"
        )


RULE = ResourceRule("packages-with-checksum", "A sidecar's package is known by its SHA-256 sum.", violations)
