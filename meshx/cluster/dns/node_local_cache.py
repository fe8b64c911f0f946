"""A DNS cache on every node: pods ask it first, and the cluster's DNS gets only the cache's own queries.

Source: kubernetes.io, Using NodeLocal DNSCache in Kubernetes Clusters, and kubernetes/cluster/addons/dns/nodelocaldns:
the cache is CoreDNS with its own Corefile, where the words below stand for addresses that it fills in. It also takes
the stub domains of ConfigMap kube-dns, if that is mounted (github.com/kubernetes/dns, cmd/node-cache).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_objects import found, listed, part
from meshx.cluster.dns.corefile import forwarded_by
from meshx.cluster.dns.corefile_syntax import CorefileError

_SYSTEM = "kube-system"
_IMAGE = "node-cache"
_CLUSTER_DNS = "__PILLAR__CLUSTER__DNS__"
_OF_DNS = "kube-dns"
"""The label `k8s-app` of the cluster's DNS, for either server."""
_STUB_DOMAINS = "kube-dns"
"""The ConfigMap, and the kind of DNS, with stub domains."""


def unheard_by_cache(cluster: Cluster, kind: str, domain: str, servers: Sequence[str]) -> str:
    """Why pods' queries for a domain do not get to the servers it is forwarded to, with the remedy; "" if they do.

    kind: the server with the forward, `coredns` or `kube-dns`. servers: the forward's. Also "" without the right to
    look. Raises ClusterError.
    """
    try:
        return next((told for one in _caches(cluster) if (told := _unheard(cluster, one, kind, domain, servers))), "")
    except ClusterError as error:
        if error.status in NOT_ALLOWED:
            return ""
        raise


def _caches(cluster: Cluster) -> Iterator[Mapping[str, Any]]:
    for one in listed(cluster, f"/apis/apps/v1/namespaces/{_SYSTEM}/daemonsets"):
        containers: list[dict[str, Any]] = part(part(part(one, "spec"), "template"), "spec").get("containers") or []
        if any(_IMAGE in str(container.get("image", "")) for container in containers):
            yield one


def _unheard(cluster: Cluster, cache: Mapping[str, Any], kind: str, domain: str, servers: Sequence[str]) -> str:
    mounted = _config_maps(cache)
    if kind == _STUB_DOMAINS and _STUB_DOMAINS in mounted:
        return ""
    name, asked = _asked(cluster, mounted, domain)
    if set(asked) & {_CLUSTER_DNS, *servers, *_addresses_of_dns(cluster)}:
        return ""
    remedy = (
        "write meshx:dns.kind: kube-dns, whose stub domains the cache reads as well"
        if _STUB_DOMAINS in mounted
        else f"give Corefile of ConfigMap {_SYSTEM}/{name or '(of the cache)'} a block for {domain}:53, with the lines "
        f"of its others and `forward . {' '.join(servers) or '(the servers)'}`"
    )
    return (
        f"pods ask a cache on their node first (DaemonSet {_SYSTEM}/{cache['metadata']['name']}), and for names below "
        f"{domain} it asks {', '.join(asked) or 'nobody'}, never {kind}, where the domain is forwarded: pods do not "
        f"find these names. Remedy: {remedy}"
    )


def _asked(cluster: Cluster, mounted: Sequence[str], domain: str) -> tuple[str, tuple[str, ...]]:
    """The ConfigMap with the cache's Corefile, and the servers that it asks for a domain; "" if there is none."""
    for name in mounted:
        there = found(cluster, f"/api/v1/namespaces/{_SYSTEM}/configmaps/{name}") or {}
        if text := str(part(there, "data").get("Corefile", "")):
            try:
                return name, forwarded_by(text, domain)
            except CorefileError:
                return name, ()
    return "", ()


def _config_maps(cache: Mapping[str, Any]) -> list[str]:
    volumes: list[dict[str, Any]] = part(part(part(cache, "spec"), "template"), "spec").get("volumes") or []
    return [str(part(volume, "configMap").get("name", "")) for volume in volumes if "configMap" in volume]


def _addresses_of_dns(cluster: Cluster) -> set[str]:
    """The addresses of the cluster's DNS: of every Service that leads to its pods."""
    services = listed(cluster, f"/api/v1/namespaces/{_SYSTEM}/services")
    specs = [part(service, "spec") for service in services]
    return {
        str(address)
        for spec in specs
        if part(spec, "selector").get("k8s-app") == _OF_DNS
        for address in (spec.get("clusterIPs") or [spec.get("clusterIP")])
        if address and address != "None"
    }
