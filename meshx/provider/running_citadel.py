"""A control plane of Istio 1.1 to 1.4 that somebody else installed: the function `meshx:index:runningCitadel`.

Arguments: `{namespace, gateway: {name, namespace, ports}, deployments, command, turnOn}`; `ports` are those that
machines need of the gateway, `deployments` what gateways to other networks need beside it, `command` is what turns mesh
expansion on, `turnOn` says that this stack does. Result: `{ingress, mesh, injector}`:
the entries of the gateway's load balancer (`{ip, hostname}`), key `mesh` of ConfigMap `istio` (YAML), and the data of
ConfigMap `istio-sidecar-injector`, none where pods get no sidecar by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.provider import cluster_lookups
from meshx.provider.cluster_client import Cluster
from meshx.provider.cluster_objects import found, part
from meshx.provider.custom_resource import ResourceError
from meshx.provider.property_values import Properties

GATEWAYS = "/apis/networking.istio.io/v1alpha3/namespaces/{namespace}/gateways/meshexpansion-gateway"


def running_citadel(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what machines have to know of it; ResourceError names what is missing and what to do."""
    namespace, gateway = str(arguments["namespace"]), arguments["gateway"]
    mesh = cluster_lookups.config_map(cluster, namespace, "istio")
    if mesh is None or found(cluster, f"/apis/apps/v1/namespaces/{namespace}/deployments/istio-citadel") is None:
        missing = "ConfigMap istio" if mesh is None else "Deployment istio-citadel"
        raise ResourceError(
            f"there is no control plane of Istio 1.1 to 1.4 to adopt: {missing} is missing in {namespace}. Correct "
            "meshx:mesh.istioVersion or meshx:cluster.context, or let this stack install one "
            "(meshx:mesh.install.controlPlane: true)"
        )
    if "mesh" not in mesh:
        raise ResourceError(
            f"the ConfigMap istio of {namespace} has no key mesh, from which machines would learn how their mesh is "
            f"configured: it has {', '.join(sorted(mesh)) or 'none'}. See what wrote it"
        )
    turn_on = bool(arguments.get("turnOn"))
    if not turn_on and found(cluster, GATEWAYS.format(namespace=namespace)) is None:
        raise ResourceError(
            f"mesh expansion is off: Gateway {namespace}/meshexpansion-gateway is missing, so machines reach neither "
            f"Pilot nor Citadel. Turn it on with the values that Istio runs with: {arguments['command']}; or let this "
            "stack do so, for machines on the cluster's network (meshx:mesh.install.meshExpansion: true)"
        )
    for name in arguments["deployments"]:
        if found(cluster, f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}") is None:
            raise ResourceError(
                f"gateways to other networks are off: Deployment {namespace}/{name} is missing. Turn them on with the "
                f"values that Istio runs with: {arguments['command']}"
            )
    return {
        "ingress": _ingress(cluster, gateway, turn_on),
        "mesh": mesh["mesh"],
        "injector": cluster_lookups.config_map(cluster, namespace, "istio-sidecar-injector") or {},
    }


def _ingress(cluster: Cluster, gateway: Mapping[str, Any], turn_on: bool) -> list[dict[str, str]]:
    name = f"{gateway['namespace']}/{gateway['name']}"
    service = cluster_lookups.service(cluster, str(gateway["namespace"]), str(gateway["name"]))
    if service is None:
        raise ResourceError(
            f"there is no gateway by which machines reach the control plane: Service {name} is missing. Correct "
            "meshx:mesh.gateway.name and meshx:mesh.gateway.namespace"
        )
    listed: list[dict[str, Any]] = part(service, "spec").get("ports") or []
    ports = {int(port["port"]) for port in listed}
    missing = [str(int(port)) for port in gateway["ports"] if int(port) not in ports]
    if missing and not turn_on:
        raise ResourceError(
            f"the gateway {name} lacks port {', '.join(missing)}, by which machines reach the control plane or, with "
            "15443, services of the cluster. Add it to its Service (chart istio: gateways.istio-ingressgateway.ports "
            "and meshExpansionPorts)"
        )
    entries: list[dict[str, str]] = part(part(service, "status"), "loadBalancer").get("ingress") or []
    return [{"ip": entry.get("ip", ""), "hostname": entry.get("hostname", "")} for entry in entries]
