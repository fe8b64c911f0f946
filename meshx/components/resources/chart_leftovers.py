"""What Istio's charts keep and istiod scatters, as the program sees it; what is done with it is in meshx/provider."""

from typing import Any, TypedDict

import pulumi


class ReleaseName(TypedDict):
    """A Helm release."""

    name: str
    namespace: str


class ChartLeftoversArgs(TypedDict):
    """Whose leftovers are meant; the shapes are those of meshx/provider/chart_leftovers_resource.py."""

    release: ReleaseName
    """The release whose chart keeps its definitions."""
    configMaps: list[str]
    """The names of the ConfigMaps that istiod writes into every namespace."""
    madeByJobs: bool
    """Whether jobs of the release make its definitions, as on the classic line."""


class ChartLeftovers(pulumi.CustomResource):
    """Leaves the cluster as it was: after everything of the control plane it takes away what nobody else would.

    **Pulumi Type:** `meshx:index:ChartRemains`. To be made before all of the control plane, which depends on it.
    """

    def __init__(self, name: str, args: ChartLeftoversArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {**args, "definitionsBefore": None, "configMapsBefore": None}
        super().__init__("meshx:index:ChartRemains", name, props, opts)
