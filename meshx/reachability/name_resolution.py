"""Which addresses names lead to: by a machine's hosts file, by the proxy's own name server, by the cluster's DNS.

Source: istio/pkg/dns/server/name_table.go, BuildNameTable: what has no address is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.versions import minor_version
from meshx.join.facts import ControlPlaneFacts
from meshx.join.metadata import given_metadata
from meshx.reachability.callers import Caller
from meshx.reachability.destinations import Destination, Known

CLUSTER_IP = "its clusterIP"
ALLOCATED = "an address that istiod gives it"
ITSELF = "itself"
FIRST_ALLOCATING = (1, 25)
"""The first version whose istiod gives ServiceEntries an address (PILOT_ENABLE_IP_AUTOALLOCATE, pilot/pkg/features)."""
_TRUE = ("1", "t", "true")


@dataclass(frozen=True)
class NameServers:
    """Who answers for names.

    proxies_answer: whether proxies do at all, those of machines then always. pods_ask_proxy: whether those of pods do,
    too. allocated: whether a ServiceEntry that states no address gets one.
    """

    proxies_answer: bool = True
    pods_ask_proxy: bool = True
    allocated: bool = True


NO_PROXIES = NameServers(proxies_answer=False, pods_ask_proxy=False, allocated=False)
"""Istio 1.1 to 1.4: a hosts file leads names anywhere, or the cluster's DNS those of Services."""


def name_servers(mesh: MeshConfiguration, facts: ControlPlaneFacts) -> NameServers:
    """Who answers for names in a mesh, by its defaults for proxies and the version and settings of its istiod.

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
    )


def leads_to(caller: Caller, destination: Destination, servers: NameServers) -> str:
    """What a destination's name leads a caller to: an address, the words for one, or "" for nothing."""
    if destination.known is Known.ADDRESS:
        return ITSELF
    if destination.host in caller.hosts:
        return caller.hosts[destination.host]
    asks = asks_proxy(caller, servers)
    if destination.known is Known.SERVICE and (asks or caller.is_pods):
        return destination.address or CLUSTER_IP
    if asks and destination.known is Known.ENTRY:
        return destination.address or (ALLOCATED if servers.allocated else "")
    return ""


def asks_proxy(caller: Caller, servers: NameServers) -> bool:
    """Whether a caller's questions for names are answered by its proxy."""
    return caller.has_proxy and servers.proxies_answer and (servers.pods_ask_proxy or not caller.is_pods)


def _is_true(value: object) -> bool:
    return str(value).lower() in _TRUE
