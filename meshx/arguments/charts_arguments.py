"""Arguments of a mesh: charts. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from typing_extensions import NotRequired


class ChartArgs(TypedDict):
    """Where Istio's Helm charts come from: a repository or a folder."""

    repository: NotRequired[str]
    """A Helm repository, or a folder of an OCI registry, with `oci://` before it. If `path` is left out too: Istio's
    own, https://blob.istio.io/istio-release/charts; on the classic line that of the release,
    https://blob.istio.io/istio-release/releases/<version>/charts."""
    path: NotRequired[str | PathLike[str]]
    """A folder with the charts in folders base, istiod and gateway; on the classic line istio-init and istio, as in
    install/kubernetes/helm of a release."""
    version: NotRequired[str]
    """The charts' version in the repository. Left out: `istioVersion`."""


class ChartValuesArgs(TypedDict):
    """Values for the charts, beside those that meshx sets itself."""

    base: NotRequired[Mapping[str, Any]]
    """Values of the chart base."""
    istiod: NotRequired[Mapping[str, Any]]
    """Values of the chart istiod."""
    gateway: NotRequired[Mapping[str, Any]]
    """Values of the chart gateway."""
    istio_init: NotRequired[Mapping[str, Any]]
    """Values of the chart istio-init (1.1 to 1.4)."""
    istio: NotRequired[Mapping[str, Any]]
    """Values of the chart istio (1.1 to 1.4)."""
