"""What all components of one mesh share, decided before the first of them is made."""

from dataclasses import dataclass, field

import pulumi_kubernetes as kubernetes

from meshx.components.shared.api_server import ApiServer
from meshx.components.shared.control_plane_interface import ControlPlane
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.exposure.plan import ExposurePlan
from meshx.join.package import Packages


@dataclass(frozen=True)
class MeshContext:
    """Passed unchanged to every component below the mesh.

    configuration: with the mesh's name for the cluster's network. owner: whose the stack's objects are. labels:
    of everything made in the cluster. gateway_selector: the labels of the gateway's pods. api_server: how machines
    reach it to renew a token or fetch an identity; None if no machine does.
    """

    configuration: StackConfiguration
    owner: Owner
    labels: dict[str, str]
    exposure: ExposurePlan
    gateway_selector: dict[str, str]
    control_plane: ControlPlane
    api_server: ApiServer | None
    packages: Packages = field(default_factory=Packages)

    def metadata(
        self, namespace: str, name: str, annotations: dict[str, str] | None = None
    ) -> kubernetes.meta.v1.ObjectMetaArgs:
        """The metadata of an object in the cluster, with the stack's labels."""
        return kubernetes.meta.v1.ObjectMetaArgs(
            name=name, namespace=namespace, labels=self.labels, annotations=annotations
        )
