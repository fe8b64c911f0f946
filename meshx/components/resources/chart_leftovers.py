"""The program's side of what Istio's charts and istiod leave behind; meshx/provider implements it."""

from typing import Any, TypedDict

import pulumi


class ReleaseName(TypedDict):
    """A Helm release."""

    name: str
    namespace: str


class ChartLeftoversArgs(TypedDict):
    """The owner of the leftovers, in the shapes of meshx/provider/chart_leftovers_resource.py."""

    release: ReleaseName
    """The release whose chart keeps its definitions."""
    configMaps: list[str]
    """The names of the ConfigMaps that istiod writes into every namespace."""
    madeByJobs: bool
    """Whether jobs of the release make its definitions, as on the classic line."""


class ChartLeftovers(pulumi.CustomResource):
    """Leaves the cluster as it was: after the whole control plane it removes what nothing else would remove.

    **Pulumi Type:** `meshx:index:ChartRemains`. Make it before the control plane, which depends on it.
    """

    def __init__(self, name: str, args: ChartLeftoversArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {**args, "definitionsBefore": None, "configMapsBefore": None}
        super().__init__("meshx:index:ChartRemains", name, props, opts)
