"""The sidecar's package for the join bundle: its source, and its checksum."""

import hashlib

from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.join.bundle import Package


class Packages:
    """The packages of a stack; computes each checksum once for all machines that share the package."""

    def __init__(self) -> None:
        self._known: dict[SidecarConfiguration | None, Package] = {}

    def of(self, sidecar: SidecarConfiguration | None) -> Package:
        """The package of `meshx:sidecar`, or a machine's own; see sidecar_package."""
        if sidecar not in self._known:
            self._known[sidecar] = sidecar_package(sidecar)
        return self._known[sidecar]


def sidecar_package(sidecar: SidecarConfiguration | None) -> Package:
    """The package of a configuration; computes the checksum of a file without a configured one.

    Raises ValueError without a package, which the configuration's checks allow only for a stack without machines.
    """
    if sidecar is None:
        raise ValueError("meshx:sidecar is missing: name the package with the proxy by `file` or `url`")
    if sidecar.file is None:
        # The configuration's checks require both with a URL.
        return Package(source=sidecar.url or "", sha256=sidecar.sha256 or "")
    if sidecar.sha256 is not None:
        return Package(source=sidecar.file.reference, sha256=sidecar.sha256)
    with sidecar.file.path.open("rb") as package:
        total = hashlib.sha256()
        while block := package.read(1 << 20):
            total.update(block)
    return Package(source=sidecar.file.reference, sha256=total.hexdigest())
