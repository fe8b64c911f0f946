"""A control plane of Istio 1.1 to 1.4 that somebody else installed: the function `meshx:index:runningCitadel`.

Arguments: `{namespace, gateway: {name, namespace, ports}, deployments, command, turnOn, namespaces}`; `ports` are the
gateway's that machines need, `deployments` what gateways to other networks need besides, `command` is what turns
mesh expansion on, `turnOn` says that this stack does, `namespaces` are those of machines' workloads. Result:
`{ingress, type, mesh, injector}`: the entries of the gateway's Service (load_balancers.py) and its type, key `mesh` of
ConfigMap `istio` (YAML), and the data of ConfigMap `istio-sidecar-injector`, none if nothing injects sidecars.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.load_balancers import ingress, service_type
from meshx.istio.citadel_settings import unfit_citadel
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties

DEFAULT_RULE = "/apis/networking.istio.io/v1alpha3/namespaces/{namespace}/destinationrules/default"
GATEWAYS = "/apis/networking.istio.io/v1alpha3/namespaces/{namespace}/gateways/meshexpansion-gateway"


def running_citadel(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what machines must know of it; ResourceError names what is missing and what to do."""
    namespace, gateway = str(arguments["namespace"]), arguments["gateway"]
    mesh = cluster_lookups.config_map(cluster, namespace, "istio")
    citadel = _citadel(cluster, namespace)
    if mesh is None or citadel is None:
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
    told, environment = _settings(citadel)
    labels = {name: cluster_lookups.namespace_labels(cluster, name) for name in arguments.get("namespaces") or ()}
    if unfit := list(unfit_citadel(told, environment, labels, namespace)):
        raise ResourceError("\n".join(unfit))
    return {
        **_addresses(cluster, gateway, turn_on),
        "mesh": mesh["mesh"],
        "injector": cluster_lookups.config_map(cluster, namespace, "istio-sidecar-injector") or {},
        "bySecret": signs_by_secret(citadel),
        "mutualTls": _is_mutual(found(cluster, DEFAULT_RULE.format(namespace=namespace)) or {}),
    }


def signing_citadel(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what the Citadel of a namespace signs with; nothing if there is no Citadel."""
    return {"bySecret": signs_by_secret(_citadel(cluster, str(arguments["namespace"])) or {})}


def _citadel(cluster: Cluster, namespace: str) -> dict[str, Any] | None:
    return found(cluster, f"/apis/apps/v1/namespaces/{namespace}/deployments/istio-citadel")


def signs_by_secret(citadel: Mapping[str, Any]) -> bool:
    """Whether Citadel signs with Secret `cacerts`, by the flags and variables of its Deployment.

    Source: security/cmd/istio_ca/main.go, `--self-signed-ca`, which is off by default.
    """
    told, _ = _settings(citadel)
    if "--self-signed-ca=true" in told:
        return False
    return "--self-signed-ca=false" in told or any(word.startswith("--signing-cert") for word in told)


def _settings(citadel: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Citadel's command line, and its variables that have plain values."""
    pod: dict[str, Any] = part(part(part(citadel, "spec"), "template"), "spec")
    containers: list[dict[str, Any]] = pod.get("containers") or []
    told = [str(word) for one in containers for word in (*(one.get("command") or ()), *(one.get("args") or ()))]
    variables: list[dict[str, Any]] = [variable for one in containers for variable in one.get("env") or ()]
    return told, {str(one["name"]): str(one.get("value") or "") for one in variables if "valueFrom" not in one}


def _is_mutual(rule: Mapping[str, Any]) -> bool:
    """Whether the charts' rule for `*.local` makes all callers use mutual TLS (`global.mtls.enabled`)."""
    spec = part(rule, "spec")
    return spec.get("host") == "*.local" and part(part(spec, "trafficPolicy"), "tls").get("mode") == "ISTIO_MUTUAL"


def _addresses(cluster: Cluster, gateway: Mapping[str, Any], turn_on: bool) -> Properties:
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
    return {"ingress": ingress(service), "type": service_type(service)}
