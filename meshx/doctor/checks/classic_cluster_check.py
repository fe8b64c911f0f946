"""The cluster's side of the classic line: Pilot, Citadel, the gateway with its ports and address, mesh expansion."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.classic_gateway import gateway_name, gateway_ports
from meshx.control_plane.gateway_address import Told
from meshx.doctor.checks.gateway_address_check import check_gateway_address
from meshx.doctor.classic_cluster_view import ClassicClusterView
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.istio.classic_versions import classic_version
from meshx.istio.expansion_command import upgrade_command
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import minor_version


def check_classic_cluster(
    view: ClassicClusterView, told: Told, mesh: MeshConfiguration, across_networks: bool
) -> Iterator[Finding]:
    """Judge what all machines depend on."""
    for name, ready in view.deployments.items():
        yield _deployment(name, ready)
    yield from _gateway(view, told, mesh, across_networks)
    yield from _expansion(view, mesh, across_networks)
    if not view.services:
        yield unknown(
            "services' range",
            "neither meshx:cluster.servicesCidr nor the cluster says it (on GKE, Google says it to `pulumi up`): "
            "cluster.env is not compared",
        )


def _deployment(name: str, ready: int | None) -> Finding:
    if ready:
        return fine(name, f"{ready} pod{'s' if ready > 1 else ''} ready")
    if ready is None:
        return fault(
            name,
            f"there is no Deployment {SYSTEM_NAMESPACE}/{name}",
            "the control plane is not installed, or without this part",
            "`pulumi up`; for one that is adopted: its chart's values",
        )
    return fault(
        name,
        "no pod is ready",
        "the pods cannot start, or it is scaled to none",
        f"`kubectl -n {SYSTEM_NAMESPACE} describe deployment {name}`, and its pods",
    )


def _gateway(view: ClassicClusterView, told: Told, mesh: MeshConfiguration, across_networks: bool) -> Iterator[Finding]:
    name = f"{mesh.gateway.namespace}/{gateway_name(mesh)}"
    yield check_gateway_address(mesh.gateway.namespace, told, view.gateway_service)
    if view.gateway_service is None:
        return
    missing = [str(port) for port in gateway_ports(across_networks) if port not in view.gateway_ports]
    if missing:
        yield fault(
            "gateway's ports",
            f"Service {name} lacks {', '.join(missing)}",
            "mesh expansion is off, or the Service was changed: machines do not reach Pilot and Citadel, or with "
            "15443 missing no service of the cluster",
            _command(mesh, across_networks),
        )


def _expansion(view: ClassicClusterView, mesh: MeshConfiguration, across_networks: bool) -> Iterator[Finding]:
    if view.missing:
        yield fault(
            "mesh expansion",
            "; ".join(view.missing),
            "they were removed, or mesh expansion is off",
            f"`pulumi up --refresh` makes them; the chart does: `{_command(mesh, across_networks)}`",
        )
    for words in view.differing:
        yield note("mesh expansion", f"{words}. If machines do not join, put it right")
    if not view.missing and not view.differing:
        yield fine("mesh expansion", "as it should be")


def _command(mesh: MeshConfiguration, across_networks: bool) -> str:
    return upgrade_command(classic_version(minor_version(mesh.istio_version)), across_networks)
