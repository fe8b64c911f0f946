"""The objects of mesh expansion in the cluster: the table "Added Istio resources", with each object's content.

Sources, by the tags 1.1.17 to 1.4.10: install/kubernetes/helm/istio/charts/gateways/templates/preconfigured.yaml,
charts/pilot and charts/security templates/meshexpansion.yaml, charts/mixer/templates/config.yaml,
charts/istiocoredns/templates. The table misspells istio-multicluster-destinationrule; here it has the charts' name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshx.istio.api_versions import CLASSIC_NETWORKING
from meshx.istio.classic_versions import ClassicVersion
from meshx.istio.namespaces import service_host
from meshx.istio.ports import CITADEL_PORT, CROSS_NETWORK_PORT, MIXER_PORT, PILOT_PORT, PLAIN_MIXER_PORT

INGRESS_LABELS = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
EGRESS_LABELS = {"app": "istio-egressgateway", "istio": "egressgateway"}

# CoreDNS forwards *.global to istiocoredns' second container, which knows the addresses from ServiceEntries.
_COREFILE_WITH_PROXY = """\
.:53 {
      errors
      health
      proxy global 127.0.0.1:8053 {
        protocol grpc insecure
      }
      prometheus :9153
      proxy . /etc/resolv.conf
      cache 30
      reload
    }
"""
_COREFILE_WITH_FORWARD = """\
.:53 {
      errors
      health
      grpc global 127.0.0.1:8053
      forward . /etc/resolv.conf {
        except global
      }
      prometheus :9153
      cache 30
      reload
    }
"""


@dataclass(frozen=True)
class ExpansionObject:
    """An object of mesh expansion.

    content: what meshx compares and creates beside its metadata: `spec`, or `data` of a ConfigMap.
    of_chart: whether Istio's chart makes it; meshx makes the others.
    """

    api_version: str
    kind: str
    name: str
    content: Mapping[str, Any] = field(hash=False)
    of_chart: bool = True

    @property
    def title(self) -> str:
        """Its name in messages: `Gateway meshexpansion-gateway`."""
        return f"{self.kind} {self.name}"


def expansion_inputs(objects: Iterable[ExpansionObject]) -> list[dict[str, Any]]:
    """Objects as the resource's inputs have them: `{apiVersion, kind, name, content}`."""
    return [
        {"apiVersion": one.api_version, "kind": one.kind, "name": one.name, "content": dict(one.content)}
        for one in objects
    ]


def expected_objects(
    version: ClassicVersion,
    namespace: str,
    across_networks: bool,
    ingress_labels: Mapping[str, str] = INGRESS_LABELS,
) -> tuple[ExpansionObject, ...]:
    """What the control plane's namespace must contain for machines to join.

    across_networks: with gateways for machines on other networks; else the subset that exposes Pilot and Citadel.
    ingress_labels: the labels of the ingress gateway's pods.
    """
    exposing = (
        _meshexpansion_gateway(ingress_labels),
        _exposed("meshexpansion-vs-pilot", "istio-pilot", namespace, PILOT_PORT),
        _exposed("meshexpansion-vs-citadel", "istio-citadel", namespace, CITADEL_PORT),
        _citadel_without_mutual_tls(namespace),
    )
    if not across_networks:
        return (*exposing, _pilot_without_mutual_tls(namespace))
    return (*_across_networks(version, namespace, ingress_labels), *exposing)


def unexpected_objects(version: ClassicVersion, namespace: str, across_networks: bool) -> tuple[ExpansionObject, ...]:
    """What a mesh of a single network must not have; nothing with gateways.

    The rules for Mixer are in every mesh; without control plane security they only lack the settings of its TLS port.
    The rule for Pilot comes with control plane security, with any networks.
    """
    if across_networks:
        return ()
    return tuple(
        one
        for one in _across_networks(version, namespace, INGRESS_LABELS)
        if one.name not in ("istio-policy", "istio-telemetry", "meshexpansion-dr-pilot")
    )


def _across_networks(
    version: ClassicVersion, namespace: str, ingress_labels: Mapping[str, str]
) -> tuple[ExpansionObject, ...]:
    return (
        _istiocoredns_configuration(version),
        _istiocoredns_service(),
        _global_gateway("istio-multicluster-egressgateway", EGRESS_LABELS),
        _global_gateway("istio-multicluster-ingressgateway", ingress_labels),
        _global_names_rewritten(ingress_labels),
        ExpansionObject(
            CLASSIC_NETWORKING,
            "DestinationRule",
            "istio-multicluster-destinationrule",
            {"spec": {"host": "*.global", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}},
        ),
        _without_tls("meshexpansion-dr-pilot", "istio-pilot", namespace, PILOT_PORT),
        _mixer_rule(version, "istio-policy", namespace),
        _mixer_rule(version, "istio-telemetry", namespace),
    )


def _istiocoredns_configuration(version: ClassicVersion) -> ExpansionObject:
    corefile = _COREFILE_WITH_FORWARD if version.dns_forwards else _COREFILE_WITH_PROXY
    return ExpansionObject("v1", "ConfigMap", "coredns", {"data": {"Corefile": corefile}})


def _istiocoredns_service() -> ExpansionObject:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    return ExpansionObject(
        "v1", "Service", "istiocoredns", {"spec": {"selector": {"app": "istiocoredns"}, "ports": ports}}
    )


def _meshexpansion_gateway(ingress_labels: Mapping[str, str]) -> ExpansionObject:
    return ExpansionObject(
        CLASSIC_NETWORKING,
        "Gateway",
        "meshexpansion-gateway",
        {
            "spec": {
                "selector": dict(ingress_labels),
                "servers": [
                    {"port": {"number": PILOT_PORT, "protocol": "TCP", "name": "tcp-pilot"}, "hosts": ["*"]},
                    {"port": {"number": CITADEL_PORT, "protocol": "TCP", "name": "tcp-citadel"}, "hosts": ["*"]},
                    {
                        "port": {"number": MIXER_PORT, "protocol": "TLS", "name": "tls-mixer"},
                        "tls": {"mode": "AUTO_PASSTHROUGH"},
                        "hosts": ["*"],
                    },
                ],
            }
        },
    )


def _global_gateway(name: str, labels: Mapping[str, str]) -> ExpansionObject:
    server = {
        "hosts": ["*.global"],
        "port": {"name": "tls", "number": CROSS_NETWORK_PORT, "protocol": "TLS"},
        "tls": {"mode": "AUTO_PASSTHROUGH"},
    }
    return ExpansionObject(
        CLASSIC_NETWORKING, "Gateway", name, {"spec": {"selector": dict(labels), "servers": [server]}}
    )


def _global_names_rewritten(ingress_labels: Mapping[str, str]) -> ExpansionObject:
    rewrite = {
        "listenerMatch": {"portNumber": CROSS_NETWORK_PORT, "listenerType": "GATEWAY"},
        "insertPosition": {"index": "AFTER", "relativeTo": "envoy.filters.network.sni_cluster"},
        "filterName": "envoy.filters.network.tcp_cluster_rewrite",
        "filterType": "NETWORK",
        "filterConfig": {"cluster_pattern": "\\.global$", "cluster_replacement": ".svc.cluster.local"},
    }
    return ExpansionObject(
        CLASSIC_NETWORKING,
        "EnvoyFilter",
        "istio-multicluster-ingressgateway",
        {"spec": {"workloadLabels": dict(ingress_labels), "filters": [rewrite]}},
    )


def _mixer_rule(version: ClassicVersion, name: str, namespace: str) -> ExpansionObject:
    ports = [{"port": {"number": MIXER_PORT}, "tls": {"mode": "ISTIO_MUTUAL"}}]
    if version.plain_mixer_port:
        ports.append({"port": {"number": PLAIN_MIXER_PORT}, "tls": {"mode": "DISABLE"}})
    limits = {"http": {"http2MaxRequests": 10000, "maxRequestsPerConnection": 10000}}
    policy = {"portLevelSettings": ports, "connectionPool": limits}
    return ExpansionObject(
        CLASSIC_NETWORKING,
        "DestinationRule",
        name,
        {"spec": {"host": service_host(name, namespace), "trafficPolicy": policy}},
    )


def _exposed(name: str, service: str, namespace: str, port: int) -> ExpansionObject:
    host = service_host(service, namespace)
    route = {
        "match": [{"port": port}],
        "route": [{"destination": {"host": host, "port": {"number": port}}}],
    }
    return ExpansionObject(
        CLASSIC_NETWORKING,
        "VirtualService",
        name,
        {"spec": {"hosts": [host], "gateways": ["meshexpansion-gateway"], "tcp": [route]}},
    )


def _citadel_without_mutual_tls(namespace: str) -> ExpansionObject:
    """The charts lack this rule: if the mesh's default is mutual TLS, the gateway would use it to Citadel, which has
    its own TLS on this port, and no node agent would get a certificate (istio issue 17886, pull request 19553).
    """
    return _without_tls("istio-citadel", "istio-citadel", namespace, CITADEL_PORT, of_chart=False)


def _pilot_without_mutual_tls(namespace: str) -> ExpansionObject:
    """The same for Pilot. The charts have a rule (meshexpansion-dr-pilot) only with control plane security: on a single
    network the gateway would wrap the machines' TLS to its port once more. Read from source; measured for Citadel. Its
    name differs from the charts' rule, since Helm could not make that one if it existed.
    """
    return _without_tls("istio-pilot", "istio-pilot", namespace, PILOT_PORT, of_chart=False)


def _without_tls(name: str, service: str, namespace: str, port: int, *, of_chart: bool = True) -> ExpansionObject:
    settings = [{"port": {"number": port}, "tls": {"mode": "DISABLE"}}]
    return ExpansionObject(
        CLASSIC_NETWORKING,
        "DestinationRule",
        name,
        {"spec": {"host": service_host(service, namespace), "trafficPolicy": {"portLevelSettings": settings}}},
        of_chart=of_chart,
    )
