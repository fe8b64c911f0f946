"""The sidecar's package for the join bundle: its source, and its checksum."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from meshx.config.sections.sidecar import PackageConfiguration, SidecarConfiguration
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
    """The package of a configuration, or its packages; computes the checksum of a file without a configured one.

    Raises ValueError without a package, which the configuration's checks allow only for a stack without machines.
    """
    if sidecar is None:
        raise ValueError("meshx:sidecar is missing: name the package with the proxy by `file` or `url`")
    kinds = {kind: _package(one) for kind, one in sidecar.kinds.items()}
    return replace(Package(kinds=kinds) if kinds else _package(sidecar), proxy=sidecar.proxy or "")


def _package(named: PackageConfiguration) -> Package:
    if named.file is None:
        # The configuration's checks require both with a URL.
        return Package(source=named.url or "", sha256=named.sha256 or "")
    if named.sha256 is not None:
        return Package(source=named.file.reference, sha256=named.sha256)
    return Package(source=named.file.reference, sha256=sha256_of(named.file.path))


def package_for(package: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The package for a machine, ``{name, source, sha256, [proxy]}``, of one or several as `bundle_inputs` has them.

    ``kind``: what the machine is, such as "rpm/arm64". Raises ValueError with the remedy where none is for it.
    """
    if "kinds" not in package:
        return package
    if kind not in package["kinds"]:
        named = ", ".join(sorted(package["kinds"]))
        raise ValueError(
            f"the machine needs the package for {kind}, and meshx:sidecar names those for {named}: write "
            f"sidecar.{kind.replace('/', '.')} with file: or url: and sha256: of Istio's package for it"
        )
    return {**{key: value for key, value in package.items() if key != "kinds"}, **package["kinds"][kind]}
