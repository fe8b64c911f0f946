"""Why a call ends nowhere, in words, each with the smallest remedy; what separates networks is in obstacles.py."""

from __future__ import annotations

from meshx.reachability.callers import Caller
from meshx.reachability.destinations import ANY_SERVICE, Destination, Known
from meshx.reachability.names import NameServers, asks_proxy
from meshx.reachability.obstacles import Obstacle


def no_address(caller: Caller, destination: Destination, servers: NameServers) -> Obstacle:
    host = destination.host
    if destination.known is Known.NOTHING:
        return Obstacle(caller.label, f"the workload has no `ports`, so nobody knows {host}", "`ports`, if it serves")
    if not caller.has_proxy:
        return Obstacle(
            caller.label,
            "only proxies know names of single machines; the cluster's DNS does not",
            "a sidecar for the pod",
        )
    if not asks_proxy(caller, servers):
        return Obstacle(
            caller.label,
            "only proxies know names of single machines, and the mesh does not have those of pods answer for names",
            'the name as `Host` header of calls to the workload\'s Service; or ISTIO_META_DNS_CAPTURE: "true" in the '
            "mesh's defaultConfig.proxyMetadata, and a restart of the pods",
        )
    return Obstacle(
        caller.label,
        "istiod gives names of single machines no address, so proxies do not answer for them",
        'Istio 1.25 or later without PILOT_ENABLE_IP_AUTOALLOCATE: "false"; before, ISTIO_META_DNS_AUTO_ALLOCATE: '
        '"true" in the mesh\'s defaultConfig.proxyMetadata',
    )


def not_captured(caller: Caller, destination: Destination, address: str) -> Obstacle:
    if not caller.has_proxy:
        return Obstacle(
            caller.label,
            "Kubernetes knows no endpoints of workloads' Services: only proxies know the machines",
            "a sidecar for the pod",
        )
    return Obstacle(
        caller.label,
        f"{destination.host} leads to {address}, which these machines do not hand to their proxy",
        _other_name(caller),
    )


def _other_name(caller: Caller) -> str:
    """What to do where a `.global` name leads nowhere. Instances of a group can be told no name."""
    own = "the service's own name"
    return f"the machine under `machines` of meshx:exposed, or {own}" if caller.machines else own


def closed_gateway(caller: Caller) -> Obstacle:
    return Obstacle(
        caller.label,
        "the gateway passes calls on for machines on other networks only, and there are none: nothing listens on its "
        "port 15443",
        _other_name(caller),
    )


def no_mutual_tls(caller: Caller, called: Destination) -> Obstacle:
    subject = "the service" if called.host == ANY_SERVICE else called.host
    return Obstacle(
        caller.label,
        f"pods of {subject} without a sidecar answer no mutual TLS, and by the gateway nothing else is passed on",
        "`kubectl label namespace <namespace> istio-injection=enabled`, and a restart of the pods",
    )
