"""The sidecar's package as the join bundle names it: where it is, and the sum by which a machine knows it."""

import hashlib

from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.join.bundle import Package


class Packages:
    """The packages of a stack, each summed up once for all machines that share it."""

    def __init__(self) -> None:
        self._known: dict[SidecarConfiguration | None, Package] = {}

    def of(self, sidecar: SidecarConfiguration | None) -> Package:
        """The package of `meshx:sidecar`, or of a machine of its own; see sidecar_package."""
        if sidecar not in self._known:
            self._known[sidecar] = sidecar_package(sidecar)
        return self._known[sidecar]


def sidecar_package(sidecar: SidecarConfiguration | None) -> Package:
    """The package of a configuration; a file without a written sum is summed up here.

    Raises ValueError where there is none, which the configuration's checks let happen to a stack without machines only.
    """
    if sidecar is None:
        raise ValueError("meshx:sidecar is missing: name the package with the proxy by `file` or `url`")
    if sidecar.file is None:
        # The configuration's checks demand both with a URL.
        return Package(source=sidecar.url or "", sha256=sidecar.sha256 or "")
    if sidecar.sha256 is not None:
        return Package(source=sidecar.file.reference, sha256=sidecar.sha256)
    with sidecar.file.path.open("rb") as package:
        total = hashlib.sha256()
        while block := package.read(1 << 20):
            total.update(block)
    return Package(source=sidecar.file.reference, sha256=total.hexdigest())
