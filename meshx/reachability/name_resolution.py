"""What names resolve to: in a machine's hosts file, the proxy's own name server, or the cluster's DNS.

Source: istio/pkg/dns/server/name_table.go, BuildNameTable: names without an address are not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.ambient import nodes_answer_names
from meshx.istio.versions import minor_version
from meshx.join.facts import ControlPlaneFacts
from meshx.join.metadata import given_metadata
from meshx.reachability.callers import Caller
from meshx.reachability.destinations import Destination, NameSource

CLUSTER_IP = "its clusterIP"
ALLOCATED = "an address that istiod gives it"
ITSELF = "itself"
FIRST_ALLOCATING = (1, 25)
"""The first version whose istiod allocates addresses to ServiceEntries (PILOT_ENABLE_IP_AUTOALLOCATE,
pilot/pkg/features)."""
_TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class NameServers:
    """Which servers resolve names.

    proxies_answer: whether machines' proxies do. pods_ask_proxy: whether pods' proxies do, too. allocated: whether a
    ServiceEntry without an address gets one. nodes_answer: whether the proxies of nodes do for pods in ambient mode.
    """

    proxies_answer: bool = True
    pods_ask_proxy: bool = True
    allocated: bool = True
    nodes_answer: bool = True


NO_PROXIES = NameServers(proxies_answer=False, pods_ask_proxy=False, allocated=False, nodes_answer=False)
"""Istio 1.1 to 1.4: only hosts files resolve names, and the cluster's DNS those of Services."""


def name_servers(mesh: MeshConfiguration, facts: ControlPlaneFacts) -> NameServers:
    """The servers that resolve names in a mesh, from its proxy defaults and its istiod's version and settings.

    Source: pilot/cmd/pilot-agent/options/options.go, ISTIO_META_DNS_CAPTURE; pilot/pkg/model/service.go,
    getAutoAllocatedIPs.
    """
    metadata = given_metadata(facts.proxy_defaults)
    environment = cast("Mapping[str, Any]", mesh.chart_values("istiod").get("env") or {})
    stated = environment.get("PILOT_ENABLE_IP_AUTOALLOCATE")
    by_istiod = minor_version(mesh.istio_version) >= FIRST_ALLOCATING if stated is None else _is_true(stated)
    return NameServers(
        pods_ask_proxy=_is_true(metadata.get("ISTIO_META_DNS_CAPTURE", "")),
        allocated=by_istiod or _is_true(metadata.get("ISTIO_META_DNS_AUTO_ALLOCATE", "")),
        nodes_answer=nodes_answer_names(mesh.istio_version),
    )


def resolved_address(caller: Caller, destination: Destination, servers: NameServers) -> str:
    """What a destination's name resolves to for a caller: an address, words for one, or "" for nothing."""
    if destination.name_source is NameSource.ADDRESS:
        return ITSELF
    if destination.host in caller.hosts:
        return caller.hosts[destination.host]
    asks = asks_proxy(caller, servers)
    if destination.name_source is NameSource.SERVICE and (asks or caller.is_pods):
        return destination.address or CLUSTER_IP
    if asks and destination.name_source is NameSource.ENTRY:
        return destination.address or (ALLOCATED if servers.allocated else "")
    return ""


def asks_proxy(caller: Caller, servers: NameServers) -> bool:
    """Whether a caller's proxy, or that of its node, answers its look-ups of names."""
    if caller.by_node:
        return servers.nodes_answer
    return caller.has_proxy and servers.proxies_answer and (servers.pods_ask_proxy or not caller.is_pods)


def _is_true(value: object) -> bool:
    return str(value).lower() in _TRUE
