"""Why a call fails, in words, each with the smallest remedy; meshx/networks/obstacles.py has what separates networks.
The state keeps these words: a changed one shows as a changed row in every stack's next preview.
"""

from __future__ import annotations

from meshx.config.errors.words import enumerate_some
from meshx.networks.obstacles import Obstacle
from meshx.reachability.callers import Caller, is_loopback
from meshx.reachability.destinations import ANY_SERVICE, Callers, Destination, NameSource
from meshx.reachability.name_resolution import NameServers, asks_proxy
from meshx.reachability.places import families_words


def no_address(caller: Caller, destination: Destination, servers: NameServers, *, far: bool) -> Obstacle:
    """A call of a name that the caller cannot resolve; far: whether the caller is on another network than the
    cluster's."""
    host = destination.host
    if destination.name_source is NameSource.NOTHING:
        return Obstacle(caller.label, f"the workload has no `ports`, so nobody knows {host}", "`ports`, if it serves")
    if not servers.proxies_answer:
        return _no_hosts_line(caller, destination, far=far)
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


def _no_hosts_line(caller: Caller, destination: Destination, *, far: bool) -> Obstacle:
    if destination.callers is Callers.ALL and destination.name_source is NameSource.ENTRY:
        return Obstacle(
            caller.label,
            "no proxy of Istio 1.1 to 1.4 answers for names, so nobody knows those of single machines",
            "the workload's own name, or the machine's address",
        )
    if far and destination.name_source is NameSource.SERVICE:
        return Obstacle(
            caller.label,
            "machines on other networks know services by no other names than `.global` ones",
            "the service under `meshx:exposed`, and its `.global` name",
        )
    return Obstacle(
        caller.label,
        "machines of Istio 1.1 to 1.4 know services by lines in /etc/hosts alone, and here is none",
        "the service under `meshx:exposed`, with the machine among its `machines`",
    )


def not_captured(caller: Caller, destination: Destination, address: str) -> Obstacle:
    """A call that no proxy captures, to an address that works only through a proxy."""
    if not caller.has_proxy:
        return Obstacle(
            caller.label,
            "Kubernetes knows no endpoints of workloads' Services: only proxies know the machines",
            "a sidecar for the pod",
        )
    if destination.port in caller.uncaptured.outbound_ports:
        return Obstacle(
            caller.label,
            f"port {destination.port} stays out of the mesh on these machines, and without the proxy nothing is at "
            f"the address of {destination.host}",
            "the hosts that are meant under `excludeOutboundRanges`, in place of the port",
        )
    return Obstacle(
        caller.label,
        f"{destination.host} leads to {address}, which these machines do not hand to their proxy",
        "the address out of what stays out of the mesh" if not is_loopback(address) else _other_name(caller),
    )


def _other_name(caller: Caller) -> str:
    """What to do if a `.global` name leads nowhere."""
    own = "the service's own name"
    return f"the machine under `machines` of meshx:exposed, or {own}" if caller.machines else own


def no_machine(caller: Caller, called: Destination) -> Obstacle:
    """A call of a workload that no machine runs."""
    return Obstacle(caller.label, f"{called.host} has no machine", "a machine under `machines`, or a `group`")


def closed_gateway(caller: Caller) -> Obstacle:
    """A call through the gateway, which listens only if machines are on other networks."""
    return Obstacle(
        caller.label,
        "the gateway passes calls on for machines on other networks only, and there are none: nothing listens on its "
        "port 15443",
        _other_name(caller),
    )


def no_common_family(caller: Caller, called: str, families: tuple[int, ...]) -> Obstacle:
    """A call to addresses of families that the caller has none of."""
    return Obstacle(
        caller.label,
        f"{caller.label} have {families_words(caller.place.families)}, and callers of {called} are sent to "
        f"{families_words(families)}",
        "an address of a family that both have: for a machine `address`, or `secondAddress` where it calls; for pods a "
        "cluster of both families (both ranges in meshx:cluster.podsCidr)",
    )


def no_certificate(caller: Caller, strict: str) -> Obstacle:
    """A call in plain text to machines that require mutual TLS; strict: the setting that makes them."""
    how, remedy = ("without a sidecar", "a sidecar for the pod")
    if caller.machines or caller.groups:
        how, remedy = ("past the proxy", "the workload's name, which goes through the proxy")
    return Obstacle(
        caller.label, f"the mesh's machines take mutual TLS alone ({strict}), and {how} calls are in plain", remedy
    )


def past_gateway(caller: Caller) -> Obstacle:
    """A call past the proxy to the cluster's network from another one."""
    return Obstacle(
        caller.label,
        "other networks reach the cluster's through the gateway alone, where calls go by the proxy",
        "the workload's name, which goes through the proxy",
    )


def no_tunnel_in_strict_mesh(caller: Caller, strict: str) -> Obstacle:
    """A call of pods in ambient mode to machines that istiod does not know to answer HBONE, where these require mutual
    TLS."""
    return Obstacle(
        caller.label,
        f"the mesh's machines take mutual TLS alone ({strict}), and the node's proxy sends in plain to machines "
        "that do not answer HBONE",
        "`tunnel: hbone` under the workload",
    )


def no_tunnel_elsewhere(caller: Caller, network: str) -> Obstacle:
    """A call of pods in ambient mode to a service with an endpoint on another network."""
    return Obstacle(
        caller.label,
        f"the node's proxy sends to {network or 'the other network'} by a gateway for HBONE alone, and there is none",
        "a sidecar for the pod, or the machine's address",
    )


def no_mutual_tls(caller: Caller, called: Destination, *, by_gateway: bool) -> Obstacle:
    """A call with mutual TLS to pods without a sidecar."""
    why = "by the gateway nothing else is passed on" if by_gateway else "the mesh's rules have callers speak it"
    subject = "the service" if called.host == ANY_SERVICE else called.host
    return Obstacle(
        caller.label,
        f"pods of {subject} without a sidecar answer no mutual TLS, and {why}",
        "`kubectl label namespace <namespace> istio-injection=enabled`, and a restart of the pods",
    )


def refused(caller: Caller) -> Obstacle:
    """A call of machines that were revoked: every proxy denies their identity, and the address of near ones."""
    return Obstacle(
        caller.label,
        f"the mesh refuses {enumerate_some(list(caller.machines))}, as `revoked: true` says",
        "none: that is meant",
    )
