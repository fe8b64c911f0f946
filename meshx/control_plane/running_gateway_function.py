"""A gateway that somebody else installed, and whether it leads to istiod: the function `meshx:index:runningGateway`.

Arguments: `{name, namespace, selector, revision, systemNamespace, owners, scope}`; `selector` is {} for the Service's
own, `owners` the marks of this stack, whose objects do not count, `scope` the one namespace whose
Istio Gateways hold for it ("" for all). Result: `{ingress, type, nodePorts, nodes, selector, gateway, exposed,
network, crossNetwork}`: its Service's ways in (gateway_address.py, service_answer), the labels of its pods, the Istio
Gateway that opens port 15012 there as `namespace/name` ("" without one), whether a VirtualService leads from it to this
istiod, the network whose port 15443 its Service is ("" if it has no such label, or not that port), and whether a
Gateway passes other networks' calls on there.
Source: istio/samples/multicluster/expose-istiod.yaml, expose-istiod-https.yaml, expose-istiod-rev.yaml.tmpl,
expose-services.yaml; istio/pilot/pkg/serviceregistry/kube/controller/network.go, getGatewayDetails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import part
from meshx.cluster.ownership import owner_of
from meshx.control_plane.gateway_address import service_answer
from meshx.istio.labels import NETWORK_LABEL
from meshx.istio.namespaces import service_host
from meshx.istio.ports import CROSS_NETWORK_PORT, ISTIOD_TLS_PORT
from meshx.join.hosts import is_named_revision
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties


def running_gateway(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the gateway's facts; ResourceError if there is none, or none that machines can use."""
    service = _service(cluster, str(arguments["namespace"]), str(arguments["name"]))
    spec: dict[str, Any] = service.get("spec") or {}
    selector: dict[str, str] = arguments["selector"] or spec.get("selector") or {}
    owners = arguments["owners"]
    at_it = [
        gateway
        for gateway in _of_others(cluster, "gateways", owners)
        if _selects(gateway, {**spec.get("selector", {}), **selector})
        and arguments.get("scope") in (None, "", gateway["metadata"]["namespace"])
    ]
    revision = str(arguments["revision"])
    istiod = f"istiod-{revision}" if is_named_revision(revision) else "istiod"
    host = f"{istiod}.{arguments['systemNamespace']}.svc"
    opening = [_place(gateway) for gateway in at_it if _opens(gateway, ISTIOD_TLS_PORT, host)]
    leading = {
        gateway
        for virtual_service in _of_others(cluster, "virtualservices", owners)
        if _leads_to(virtual_service, istiod, str(arguments["systemNamespace"]))
        for gateway in _gateways_of(virtual_service)
    }
    through = next((gateway for gateway in opening if gateway in leading), "")
    return {
        **service_answer(cluster, service),
        "selector": selector,
        "gateway": through or next(iter(opening), ""),
        "exposed": bool(through),
        "network": _network(service),
        "crossNetwork": any(map(_passes_networks, at_it)),
    }


def _service(cluster: Cluster, namespace: str, name: str) -> dict[str, Any]:
    service = cluster_lookups.service(cluster, namespace, name)
    if service is None:
        others = [
            f"{found['metadata']['namespace']}/{found['metadata']['name']}"
            for found in cluster_lookups.services(cluster)
            if ISTIOD_TLS_PORT in _ports(found) and found["spec"].get("type") == "LoadBalancer"
        ]
        there = f"; with port {ISTIOD_TLS_PORT} there is {', '.join(others)}" if others else ""
        raise ResourceError(
            f"there is no gateway to adopt: Service {namespace}/{name} is missing{there}. Correct "
            "meshx:mesh.gateway.name and meshx:mesh.gateway.namespace, or let this stack install one "
            "(meshx:mesh.install.gateway: true)"
        )
    if ISTIOD_TLS_PORT not in _ports(service):
        ports = ", ".join(str(port) for port in sorted(_ports(service)))
        raise ResourceError(
            f"the gateway {namespace}/{name} has no port {ISTIOD_TLS_PORT}, by which machines reach istiod; its ports "
            f"are {ports}. Add that port to its Service (chart gateway: networkGateway, or service.ports), or let this "
            "stack install a gateway of its own (meshx:mesh.install.gateway: true with another meshx:mesh.gateway.name)"
        )
    return service


def _network(service: Mapping[str, Any]) -> str:
    """The network whose gateway istiod takes this Service for."""
    labels = part(service["metadata"], "labels")
    return str(labels.get(NETWORK_LABEL, "")) if CROSS_NETWORK_PORT in _ports(service) else ""


def _passes_networks(gateway: Mapping[str, Any]) -> bool:
    return any(
        part(server, "port").get("number") == CROSS_NETWORK_PORT
        and part(server, "tls").get("mode") == "AUTO_PASSTHROUGH"
        for server in _entries(gateway["spec"], "servers")
    )


def _ports(service: Mapping[str, Any]) -> set[int]:
    return {port["port"] for port in _entries(service["spec"], "ports")}


def _of_others(cluster: Cluster, plural: str, owners: Sequence[str]) -> list[dict[str, Any]]:
    found = cluster_lookups.istio_objects(cluster, plural)
    return [item for item in found if owner_of(item) not in owners]


def _place(item: Mapping[str, Any]) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


def _opens(gateway: Mapping[str, Any], port: int, host: str) -> bool:
    """Whether it takes calls of a port for a host; another's may open istiod's port for its mesh's CA alone."""
    return any(
        part(server, "port").get("number") == port and any(map(_admitting(host), _entries(server, "hosts") or ["*"]))
        for server in _entries(gateway["spec"], "servers")
    )


def _admitting(host: str) -> Callable[[str], bool]:
    """For each name that a Gateway's server has (networking/v1 Server, `hosts`): whether it stands for the host."""
    return lambda name: fnmatchcase(host, name.rpartition("/")[2]) or name.rpartition("/")[2].startswith(f"{host}.")


def _selects(gateway: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted: dict[str, str] = gateway["spec"].get("selector") or {}
    return wanted.items() <= labels.items()


def _gateways_of(virtual_service: Mapping[str, Any]) -> Iterator[str]:
    namespace = virtual_service["metadata"]["namespace"]
    names: list[str] = virtual_service["spec"].get("gateways") or []
    for name in names:
        yield name if "/" in name else f"{namespace}/{name}"


def _leads_to(virtual_service: Mapping[str, Any], istiod: str, namespace: str) -> bool:
    """Whether one of its routes for port 15012 ends at that istiod."""
    known = {istiod, f"{istiod}.{namespace}", f"{istiod}.{namespace}.svc", service_host(istiod, namespace)}
    spec = virtual_service["spec"]
    for route in [*_entries(spec, "tls"), *_entries(spec, "http")]:
        matches = _entries(route, "match")
        ports = {match.get("port", ISTIOD_TLS_PORT) for match in matches} if matches else {ISTIOD_TLS_PORT}
        hosts = {part(target, "destination").get("host") for target in _entries(route, "route")}
        if ISTIOD_TLS_PORT in ports and hosts & known:
            return True
    return False


def _entries(whole: Mapping[str, Any], key: str) -> list[Any]:
    return whole.get(key) or []
