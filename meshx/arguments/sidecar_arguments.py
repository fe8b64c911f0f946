"""Arguments of a mesh: sidecar. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from os import PathLike

    import pulumi
    from typing_extensions import NotRequired


class PackageArgs(TypedDict):
    """A package with the proxy: a local file or a URL."""

    file: NotRequired[str | PathLike[str]]
    """The package as a file, copied to the machines."""
    url: NotRequired[str]
    """The package's URL. The computer that runs Pulumi downloads it and copies it to the machines."""
    sha256: NotRequired[pulumi.Input[str]]
    """The package's SHA-256 sum. Required with `url`; with `file` it is compared if given."""


class FamilyPackagesArgs(TypedDict):
    """The packages for a family of systems, by processor."""

    amd64: NotRequired[PackageArgs]
    """The package for amd64 (x86_64)."""
    arm64: NotRequired[PackageArgs]
    """The package for arm64 (aarch64)."""


class SidecarArgs(TypedDict):
    """The package with the proxy, installed on every machine: a local file or a URL. Or one for each kind of
    machine, under `deb` and `rpm`."""

    file: NotRequired[str | PathLike[str]]
    """The package as a file, copied to the machines."""
    url: NotRequired[str]
    """The package's URL. The computer that runs Pulumi downloads it and copies it to the machines."""
    sha256: NotRequired[pulumi.Input[str]]
    """The package's SHA-256 sum. Required with `url`; with `file` it is compared if given."""
    deb: NotRequired[FamilyPackagesArgs]
    """In place of `file` or `url`: the packages for Debian, Ubuntu and their kin, by processor. Each machine gets
    the one for what it is."""
    rpm: NotRequired[FamilyPackagesArgs]
    """The same for RHEL, Rocky, Alma, Fedora, Amazon Linux."""
    proxy: NotRequired[str]
    """The HTTP proxy through which a `url` is fetched, by the computer that runs Pulumi and by instances of Compute
    Engine. Left out: what that computer's environment names (`HTTPS_PROXY`); instances have none."""
