"""Arguments of a mesh: sidecar. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from os import PathLike

    import pulumi
    from typing_extensions import NotRequired


class SidecarArgs(TypedDict):
    """The package with the proxy, installed on every machine: a local file or a URL."""

    file: NotRequired[str | PathLike[str]]
    """The package as a file, copied to the machines."""
    url: NotRequired[str]
    """The package's URL. The computer that runs Pulumi downloads it and copies it to the machines."""
    sha256: NotRequired[pulumi.Input[str]]
    """The package's SHA-256 sum. Required with `url`; with `file` it is compared if given."""
