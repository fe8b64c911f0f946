"""What a load balancer opens to everybody: a Service of the cluster, or one that a chart of Istio makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from meshx.istio.ports import (
    CITADEL_PORT,
    CROSS_NETWORK_PORT,
    ISTIOD_TLS_PORT,
    PILOT_PORT,
    READINESS_PORT,
    WEBHOOK_TLS_PORT,
)
from meshx_policy.rules.kubernetes_types import RELEASE
from meshx_policy.rules.rule import UNKNOWN, Resource, group_of, items_of, value_at
from meshx_policy.rules.sources import everybody_in

SERVICE = "kubernetes:core/v1:Service"
INTERNAL: Mapping[str, str] = {
    "networking.gke.io/load-balancer-type": "internal",
    "cloud.google.com/load-balancer-type": "internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
}
"""Annotations by which a cloud keeps a load balancer inside, with their value in lower case
(https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer)."""

_NETWORK_GATEWAY = (READINESS_PORT, CROSS_NETWORK_PORT, ISTIOD_TLS_PORT, WEBHOOK_TLS_PORT)
"""What the chart `gateway` opens with `networkGateway` (its templates/service.yaml)."""
_MESH_EXPANSION = (CITADEL_PORT, PILOT_PORT, CROSS_NETWORK_PORT)
"""What the chart `istio` of 1.1 to 1.4 opens at its ingress gateway for machines (meshExpansionPorts)."""
_CLASSIC_GATEWAY = ("gateways", "istio-ingressgateway")


def opened_by_load_balancer(resource: Resource, ports: tuple[int, ...]) -> Iterator[str]:
    """Which of the ports a load balancer opens to everybody, and what to write instead."""
    for place, service, opened in _services(resource):
        everybody = _everybody(service)
        mine = [port for port in ports if port in opened]
        if everybody and mine:
            yield (
                f"{everybody} may reach the mesh's ports {', '.join(map(str, mine))} by a load balancer. Name the "
                f"machines' networks in `{place}.loadBalancerSourceRanges`, or keep it inside by the annotation of "
                "your cloud, such as `networking.gke.io/load-balancer-type: Internal`"
            )


def _services(resource: Resource) -> Iterator[tuple[str, dict[str, Any], set[int]]]:
    """Where each Service is written, its `type`, `annotations` and `loadBalancerSourceRanges`, and its ports."""
    if resource.type == SERVICE:
        annotations = resource.at("metadata", "annotations")
        spec = {**group_of(resource.at("spec")), "annotations": annotations}
        yield "spec", spec, _numbers(spec.get("ports"))
    if resource.type != RELEASE:
        return
    chart, values = PurePath(str(resource.at("chart"))).name, resource.at("values")
    if chart == "gateway":
        service = {"type": "LoadBalancer", **group_of(value_at(values, "service"))}
        network = value_at(values, "networkGateway")
        yield "values.service", service, {*_NETWORK_GATEWAY} if network else _numbers(service.get("ports"))
    if chart == "istio" and value_at(values, "global", "meshExpansion", "enabled") is True:
        gateway = {"type": "LoadBalancer", **group_of(value_at(values, *_CLASSIC_GATEWAY))}
        gateway["annotations"] = gateway.get("serviceAnnotations")
        yield f"values.{'.'.join(_CLASSIC_GATEWAY)}", gateway, set(_MESH_EXPANSION)


def _everybody(service: Mapping[str, Any]) -> str | None:
    if service.get("type") != "LoadBalancer":
        return None
    annotations = service.get("annotations")
    if annotations is UNKNOWN or any(
        str(value_at(annotations, name)).lower() == inside for name, inside in INTERNAL.items()
    ):
        return None
    ranges = service.get("loadBalancerSourceRanges")
    if ranges is UNKNOWN:
        return None
    return everybody_in(items_of(ranges)) if items_of(ranges) else "everybody"


def _numbers(ports: object) -> set[int]:
    return {int(port) for one in items_of(ports) if isinstance(port := value_at(one, "port"), int | float)}
