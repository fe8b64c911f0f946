"""What a mesh stands on: its owner and labels, its providers, its checks, and what was found in the cluster."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.ownership import owned_labels
from meshx.components.lines import ISTIO_LINES, LineComponents
from meshx.components.shared.api_server import asked_api_server
from meshx.components.shared.control_plane_interface import ControlPlane
from meshx.components.shared.mesh_context import MeshContext
from meshx.components.shared.preflight_interface import Preflight
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.stack.awaited_outputs import substituting
from meshx.stack.given_mesh import GivenMesh
from meshx.stack.hooks import owned
from meshx.stack.logical_names import named, names_below
from meshx.stack.plugin_functions import UnknownClusterError
from meshx.stack.protection import protecting
from meshx.stack.providers import cluster_finder, provided, providers, without_providers
from meshx.stack.refused_configuration import telling_problems
from meshx.stack.running_owner import running_owner

UNKNOWN_CLUSTER = (
    "this preview does not know the cluster yet, and a mesh of Istio 1.1 to 1.4 is planned by what the cluster says: "
    "make the cluster first (`pulumi up --target <its URN>`)"
)


@dataclass(frozen=True)
class MeshBase:
    """What parts of a mesh share with it. owner: whose its objects are."""

    given: GivenMesh
    owner: Owner
    providers: list[pulumi.ProviderResource]


@dataclass(frozen=True)
class Foundation(MeshBase):
    """Decided before anything of a mesh is made.

    labels: of everything made in the cluster. options: the mesh's own with its providers and checks, for what stands at
    the top.
    """

    labels: dict[str, str]
    line: LineComponents
    options: pulumi.ResourceOptions

    def preflight(self, parent: pulumi.Resource) -> Preflight[Any]:
        """What is read in the cluster before anything is made."""
        return self.line.preflight(self.given.configuration, self.owner, parent)

    def control_plane(
        self, preflight: Preflight[Any], namespaces: Mapping[str, list[pulumi.Resource]], parent: pulumi.Resource
    ) -> ControlPlane:
        """Make the line's control plane, or take up the one that is there; namespaces: those that were made."""
        return self.line.control_plane(
            named("control-plane"),
            {
                "preflight": preflight,
                "labels": self.labels,
                "gateway_namespace": namespaces.get(preflight.configuration.mesh.gateway.namespace, []),
                "whole": self.given.whole,
            },
            pulumi.ResourceOptions(parent=parent),
        )

    def context(self, preflight: Preflight[Any], control_plane: ControlPlane, parent: pulumi.Resource) -> MeshContext:
        """What all components below share."""
        return MeshContext(
            configuration=preflight.configuration,
            owner=self.owner,
            labels=self.labels,
            exposure=preflight.exposure,
            gateway_selector=preflight.gateway_selector,
            control_plane=control_plane,
            api_server=asked_api_server(preflight.configuration, parent),
        )

    def namespaces(
        self, configuration: StackConfiguration, parent: pulumi.Resource
    ) -> dict[str, list[pulumi.Resource]]:
        """Make the namespaces of a configuration: one for all that share it."""
        return {
            namespace: [
                kubernetes.core.v1.Namespace(
                    named(namespace),
                    metadata={"name": namespace, "labels": self.labels},
                    opts=pulumi.ResourceOptions(parent=parent),
                )
            ]
            for namespace in configuration.own_namespaces
        }


@contextmanager
def making(given: GivenMesh) -> Generator[None, None, None]:
    """Make a mesh, or a part of one, in this block: with names of its own, and errors as the engine prints them."""
    try:
        with names_below(given.prefix), telling_problems():
            yield
    except UnknownClusterError:
        raise pulumi.RunError(UNKNOWN_CLUSTER) from None


def foundation(
    name: str,
    given: GivenMesh,
    opts: pulumi.ResourceOptions | None,
    of_mesh: MeshBase | None = None,
) -> Foundation:
    """The foundation of a mesh, or of a part of one.

    name: of its component, which tells its checks from those of others. of_mesh: what the mesh that it is a part of
    shares with it.
    """
    opts, configuration = opts or pulumi.ResourceOptions(), given.configuration
    owner = of_mesh.owner if of_mesh else running_owner(configuration.environment.owner, given.owner)
    line = ISTIO_LINES[configuration.mesh.line]
    used = providers(configuration, [*(of_mesh.providers if of_mesh else []), *provided(opts)])
    checked = pulumi.ResourceOptions(
        providers=used,
        transformations=[
            *([substituting] if given.outputs else []),
            owned(cluster_finder(configuration), owner, name, line.release_checks(configuration)),
            *([protecting] if configuration.environment.protect else []),
        ],
    )
    options = pulumi.ResourceOptions.merge(without_providers(opts), checked)
    return Foundation(given, owner, used, owned_labels(owner, configuration.labels), line, options)
