"""The sidecar's package for the join bundle: its source, and its checksum."""

from meshx.config.sections.sidecar import SidecarConfiguration
from meshx.config.values.files import sha256_of
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
    return Package(source=sidecar.file.reference, sha256=sha256_of(sidecar.file.path))
