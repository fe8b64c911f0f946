"""The cluster's DNS: whether pods find the names below a domain that the stack has it forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.cluster import cluster_lookups
from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_objects import part
from meshx.cluster.dns.cluster_dns import (
    KEYS,
    config_map_name,
    forward_in,
    read_config,
    serving_dns,
    zones_of_others,
)
from meshx.cluster.dns.node_local_cache import unheard_by_cache
from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.config.stack_networks import has_others
from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.istio.classic_parts import GLOBAL_NAMES_DEPLOYMENT
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import IstioLine
from meshx.plugin_base.custom_resource import ResourceError

_SUBJECT = "cluster's DNS"


def check_dns_stub(cluster: Cluster, configuration: StackConfiguration, owner: Owner) -> Iterator[Finding]:
    """Judge the forward that the stack makes, if it makes one; `owner`: the stack.

    Raises ClusterError, except where the user may not look.
    """
    try:
        if servers := _servers(cluster, configuration):
            yield from _forward(cluster, configuration, owner, servers)
    except ClusterError as error:
        if error.status not in NOT_ALLOWED:
            raise
        yield unknown(_SUBJECT, str(error))
    except ResourceError as error:
        found, remedy = _parted(str(error))
        yield fault(_SUBJECT, found, "the stack forwards a domain, and there is no place for that", remedy)


def _servers(cluster: Cluster, configuration: StackConfiguration) -> Sequence[str]:
    """Whom the cluster's DNS is to ask, as the program has it; none: it stays as it is."""
    dns = configuration.dns
    if dns.servers or configuration.mesh.line is not IstioLine.CLASSIC:
        return dns.servers
    if not dns.istiocoredns or not has_others(configuration):
        return ()
    service = cluster_lookups.service(cluster, SYSTEM_NAMESPACE, GLOBAL_NAMES_DEPLOYMENT)
    # Without the Service its Deployment is at fault as well, or mesh expansion.
    return [str(part(service, "spec").get("clusterIP", ""))] if service else ()


def _forward(
    cluster: Cluster, configuration: StackConfiguration, owner: Owner, servers: Sequence[str]
) -> Iterator[Finding]:
    domain, kind = configuration.dns.domain, configuration.dns.kind
    kind = serving_dns(cluster) if kind == "auto" else kind
    config = read_config(cluster, kind)
    found = forward_in(kind, config, domain, owner.mark)
    unheard = unheard_by_cache(cluster, kind, domain, servers)
    if found is None or list(found) != list(servers):
        yield fault(
            _SUBJECT,
            f"{KEYS[kind]} of ConfigMap {config_map_name(kind)} does not forward {domain} to {', '.join(servers)}"
            + (f", but to {', '.join(found)}" if found else ""),
            "`pulumi up` is due, others wrote the ConfigMap anew, or pods ask on another port than that of our block",
            REPAIR,
        )
    elif unheard:
        words, remedy = _parted(unheard)
        yield fault(_SUBJECT, words, "the cache has settings of its own", remedy)
    else:
        yield fine(_SUBJECT, f"{kind} forwards {domain} to {', '.join(servers)}")
    if others := zones_of_others(kind, config, domain, servers):
        yield note(_SUBJECT, others)


def _parted(words: str) -> tuple[str, str]:
    found, _, remedy = words.partition(". Remedy: ")
    return found, remedy or "as said there"
