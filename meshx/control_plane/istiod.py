"""The control plane since Istio 1.20: istiod by its Helm charts, or one that is there already."""

from typing import TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.config.mesh import MeshConfiguration
from meshx.control_plane.adopted_facts import (
    ROOT_CERTIFICATE_CONFIG_MAP,
    adopted_facts,
    revisioned,
    root_certificate,
    stated_facts,
)
from meshx.control_plane.chart_remains import ChartRemains
from meshx.control_plane.charts import chart_source
from meshx.control_plane.istiod_exposure import IstiodExposure
from meshx.control_plane.istiod_values import base_values, istiod_values
from meshx.gateways import EastWestGateway
from meshx.join.facts import ControlPlaneFacts
from meshx.ownership import owned_values

SYSTEM_NAMESPACE = "istio-system"
NETWORK_LABEL = "topology.istio.io/network"
REVOCATION_CONFIG_MAP = "istio-ca-crl"
BASE_RELEASE = "istio-base"


class IstiodControlPlaneArgs(TypedDict):
    """What the control plane needs."""

    mesh: MeshConfiguration
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""


class IstiodControlPlane(pulumi.ComponentResource):
    """istiod, its east-west gateway and what machines reach through it.

    **Pulumi Type:** `meshx:index:ControlPlane`. Produces, when installing, a `ChartRemains`, the Namespace and the
    Releases `base` and `istiod`; when adopting, look-ups of istiod's two ConfigMaps; in both cases an
    `EastWestGateway`, an `IstiodExposure` and a look-up of the root certificate.
    """

    facts: pulumi.Output[ControlPlaneFacts]
    root_certificate: pulumi.Output[str]
    gateway_address: pulumi.Output[str]
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: IstiodControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("meshx:index:ControlPlane", name, None, opts)
        mesh = args["mesh"]
        installed = self._install(mesh, args["labels"]) if mesh.install.control_plane else []
        self.facts = pulumi.Output.from_input(installed_facts(mesh)) if installed else self._adopted_facts(mesh)
        gateway = EastWestGateway(
            "gateway",
            {"mesh": mesh, "labels": args["labels"], "control_plane": installed},
            opts=pulumi.ResourceOptions(parent=self),
        )
        exposure: list[pulumi.Resource] = []
        if mesh.install.gateway:
            exposure = IstiodExposure(
                "istiod-exposure",
                {
                    "revision": mesh.revision,
                    "namespace": SYSTEM_NAMESPACE,
                    "labels": args["labels"],
                    "selector": mesh.gateway.pod_labels,
                    "control_plane": installed,
                },
                opts=pulumi.ResourceOptions(parent=self),
            ).objects
        # istiod writes this ConfigMap some moments after it is ready. The gateway's pods mount it, so where they run it
        # is there: its id therefore comes from the gateway and not from istiod.
        root = kubernetes.core.v1.ConfigMap.get(
            "root-certificate",
            gateway.namespace.apply(lambda namespace: f"{namespace}/{ROOT_CERTIFICATE_CONFIG_MAP}"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.root_certificate = root.data.apply(root_certificate)
        self.gateway_address = gateway.address
        self.ready = [*installed, *exposure]
        self.register_outputs({"gatewayAddress": self.gateway_address})

    def _install(self, mesh: MeshConfiguration, labels: dict[str, str]) -> list[pulumi.Resource]:
        network = {NETWORK_LABEL: mesh.network} if mesh.network else {}
        # The namespace after it, so that in a destroy istiod's last pod has ended when the remains are looked through.
        remains = ChartRemains(
            "chart-remains",
            {
                "release": {"name": BASE_RELEASE, "namespace": SYSTEM_NAMESPACE},
                "configMaps": [ROOT_CERTIFICATE_CONFIG_MAP, REVOCATION_CONFIG_MAP],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        namespace = kubernetes.core.v1.Namespace(
            SYSTEM_NAMESPACE,
            metadata={"name": SYSTEM_NAMESPACE, "labels": {**labels, **network}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[remains]),
        )
        base = kubernetes.helm.v3.Release(
            BASE_RELEASE,
            name=BASE_RELEASE,
            namespace=SYSTEM_NAMESPACE,
            **chart_source(mesh, "base"),
            values=owned_values(base_values(mesh), labels),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        istiod = kubernetes.helm.v3.Release(
            revisioned("istiod", mesh.revision),
            name=revisioned("istiod", mesh.revision),
            namespace=SYSTEM_NAMESPACE,
            **chart_source(mesh, "istiod"),
            values=owned_values(istiod_values(mesh), labels),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[base]),
        )
        return [namespace, base, istiod]

    def _adopted_facts(self, mesh: MeshConfiguration) -> pulumi.Output[ControlPlaneFacts]:
        config_maps = [
            kubernetes.core.v1.ConfigMap.get(
                name,
                f"{SYSTEM_NAMESPACE}/{revisioned(name, mesh.revision)}",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for name in ("istio", "istio-sidecar-injector")
        ]
        stated = stated_facts(mesh)
        return pulumi.Output.all(*(config_map.data for config_map in config_maps)).apply(
            lambda found: adopted_facts(found[0], found[1], mesh.revision, SYSTEM_NAMESPACE, stated)
        )


def installed_facts(mesh: MeshConfiguration) -> ControlPlaneFacts:
    """What an installed control plane will say of itself, known before it runs."""
    proxy_defaults = istiod_values(mesh)["meshConfig"]["defaultConfig"]
    return ControlPlaneFacts(
        cluster_name=mesh.cluster_name,
        mesh_id=mesh.mesh_id,
        network=mesh.network,
        trust_domain=mesh.trust_domain,
        revision=mesh.revision,
        system_namespace=SYSTEM_NAMESPACE,
        proxy_defaults=proxy_defaults,
    )
