"""The cluster's DNS server and its ConfigMap: meshx changes only its own part, and not if others write meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import create, found, listed, part, patch, remove
from meshx.cluster.dns.corefile import (
    DnsForward,
    forwarded_servers,
    served_by_others,
    with_forward,
    without_forward,
)
from meshx.cluster.dns.corefile_syntax import CorefileError
from meshx.cluster.dns.stub_domains import StubDomainsError, stub_servers, with_stub_domain, without_stub_domain
from meshx.plugin_base.custom_resource import ResourceError

NAMESPACE = "kube-system"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
PODS_OF_DNS = "k8s-app=kube-dns"
"""The label of the cluster's DNS, for either server (kubernetes/cluster/addons/dns)."""
CONFIG_MAPS = {"coredns": "coredns", "kube-dns": "kube-dns"}
KEYS = {"coredns": "Corefile", "kube-dns": "stubDomains"}
OWNERS_ANNOTATION = "meshx/stub-domains"
"""Which stack owns each of kube-dns' stub domains, as JSON: the domains' own text has no room for a comment."""
ATTEMPTS = 8
_CHANGED_MEANWHILE = (409, 422)
LEFT_ALONE = "leave meshx:dns out (with Istio 1.1 to 1.4: meshx:dns.istiocoredns: false)"
ELSEWHERE = (
    "Where DNS is a service of the cloud, such as Cloud DNS for GKE, forward the domain there (`gcloud dns "
    f"managed-zones create ... --forwarding-targets`) and {LEFT_ALONE}"
)


@dataclass(frozen=True)
class DnsConfig:
    """The text that configures the DNS, and the ConfigMap around it.

    version: the ConfigMap's resourceVersion, "" if there is no ConfigMap. owners: which stack put each stub domain
    there. has_data, has_key: whether the ConfigMap has any data, and the text's key.
    """

    text: str
    version: str = ""
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    has_data: bool = False
    has_key: bool = False
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


def serving_dns(cluster: Cluster) -> str:
    """`coredns` or `kube-dns`, whichever runs in the cluster; ResourceError if neither does."""
    for deployment in listed(cluster, DEPLOYMENTS, {"labelSelector": PODS_OF_DNS}):
        spec = part(deployment, "spec")
        if spec.get("replicas", 1) == 0:
            continue
        containers = cast("list[dict[str, Any]]", spec["template"]["spec"]["containers"])
        if any(container["name"] == "coredns" or "coredns" in container["image"] for container in containers):
            return "coredns"
        if any(container["name"] == "kubedns" or "kube-dns" in container["image"] for container in containers):
            return "kube-dns"
    raise ResourceError(
        f"the cluster's DNS is in no ConfigMap: neither CoreDNS nor kube-dns runs in {NAMESPACE} (Deployments labelled "
        f"{PODS_OF_DNS}). {ELSEWHERE}"
    )


def config_map_name(kind: str) -> str:
    """The ConfigMap of a kind of DNS server, as `namespace/name`."""
    return f"{NAMESPACE}/{CONFIG_MAPS[kind]}"


def read_config(cluster: Cluster, kind: str) -> DnsConfig:
    """The present configuration; ResourceError if CoreDNS has none."""
    there = found(cluster, _path(kind))
    if there is None:
        if kind == "coredns":
            raise ResourceError(
                f"CoreDNS runs, but its ConfigMap {config_map_name(kind)} is missing: its file comes from elsewhere, "
                f"so forward the domain there and {LEFT_ALONE}"
            )
        return DnsConfig("")
    data = cast("dict[str, str]", there.get("data") or {})
    metadata = part(there, "metadata")
    annotations = cast("dict[str, str]", metadata.get("annotations") or {})
    return DnsConfig(
        text=data.get(KEYS[kind], ""),
        version=str(metadata["resourceVersion"]),
        owners=_owners(annotations),
        has_data=bool(data),
        has_key=KEYS[kind] in data,
        annotations=annotations,
    )


def forward_in(kind: str, config: DnsConfig, domain: str, owner: str) -> tuple[str, ...] | None:
    """The servers that this stack forwards a domain to; None if it does not. ResourceError for an unreadable text."""
    try:
        if kind == "coredns":
            return forwarded_servers(config.text, domain, owner)
        servers = stub_servers(config.text, domain)
    except (CorefileError, StubDomainsError) as error:
        raise _unreadable(kind, error) from None
    return servers if config.owners.get(domain) == owner else None


def put_forward(kind: str, config: DnsConfig, wanted: DnsForward) -> DnsConfig:
    """The configuration with a forward; ResourceError if it cannot be read, or if others forward the domain."""
    try:
        if kind == "coredns":
            return _with_text(config, with_forward(config.text, wanted))
        others = stub_servers(config.text, wanted.domain)
        if others is not None and config.owners.get(wanted.domain) != wanted.owner:
            raise StubDomainsError(f"{wanted.domain} is forwarded already, to {', '.join(others)}, by others")
        text = with_stub_domain(config.text, wanted.domain, wanted.servers)
    except (CorefileError, StubDomainsError) as error:
        raise _unreadable(kind, error) from None
    return _with_text(config, text, {**config.owners, wanted.domain: wanted.owner})


def take_forward(kind: str, config: DnsConfig, domain: str, owner: str) -> DnsConfig:
    """The configuration without this stack's forward of a domain; ResourceError if it cannot be read."""
    try:
        if kind == "coredns":
            return _with_text(config, without_forward(config.text, domain, owner))
        if config.owners.get(domain) != owner:
            return config
        text = without_stub_domain(config.text, domain)
    except (CorefileError, StubDomainsError) as error:
        raise _unreadable(kind, error) from None
    return _with_text(config, text, {name: whose for name, whose in config.owners.items() if name != domain})


def zones_of_others(kind: str, config: DnsConfig, domain: str, servers: Sequence[str]) -> str:
    """What is to be said of names below a forwarded domain that pods find elsewhere, "" where there are none.

    Raises ResourceError for a configuration that cannot be read.
    """
    try:
        others = served_by_others(config.text, domain) if kind == "coredns" else []
    except CorefileError as error:
        raise _unreadable(kind, error) from None
    if not others:
        return ""
    return (
        f"names below {', '.join(others)} are not asked of {', '.join(servers) or 'the servers'}: they have blocks "
        f"of others in {KEYS[kind]} of ConfigMap {config_map_name(kind)}. Where that is not meant, take those out"
    )


def change_config(cluster: Cluster, kind: str, change: Callable[[DnsConfig], DnsConfig]) -> bool:
    """Write what `change` makes of the configuration; tell whether it wrote anything.

    It never overwrites what others write meanwhile: it reads and changes the configuration again. ResourceError.
    """
    for attempt in range(ATTEMPTS):
        present = read_config(cluster, kind)
        wanted = change(present)
        if wanted == present:
            return False
        try:
            _write(cluster, kind, present, wanted)
        except ClusterError as error:
            if error.status not in _CHANGED_MEANWHILE or attempt == ATTEMPTS - 1:
                raise
            if read_config(cluster, kind).version == present.version:
                raise
            continue
        return True
    raise AssertionError("unreachable: the last attempt raises")


def _write(cluster: Cluster, kind: str, present: DnsConfig, wanted: DnsConfig) -> None:
    if not present.version:
        _create(cluster, kind, wanted)
        return
    path, key = _path(kind), KEYS[kind]
    operations: list[dict[str, Any]] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": present.version},
    ]
    if wanted.text or kind == "coredns":
        if present.has_data:
            operations.append({"op": "add", "path": f"/data/{key}", "value": wanted.text})
        else:
            operations.append({"op": "add", "path": "/data", "value": {key: wanted.text}})
    elif present.has_key:
        operations.append({"op": "remove", "path": f"/data/{key}"})
    operations += _owners_operations(present, wanted)
    patch(cluster, path, operations)


def _owners_operations(present: DnsConfig, wanted: DnsConfig) -> list[dict[str, Any]]:
    if present.owners == wanted.owners:
        return []
    path = "/metadata/annotations"
    one = f"{path}/{OWNERS_ANNOTATION.replace('/', '~1')}"
    if not wanted.owners:
        only = set(present.annotations) == {OWNERS_ANNOTATION}
        return [{"op": "remove", "path": path if only else one}]
    told = json.dumps(dict(wanted.owners), sort_keys=True)
    if not present.annotations:
        return [{"op": "add", "path": path, "value": {OWNERS_ANNOTATION: told}}]
    return [{"op": "add", "path": one, "value": told}]


def _create(cluster: Cluster, kind: str, wanted: DnsConfig) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CONFIG_MAPS[kind],
            "annotations": {OWNERS_ANNOTATION: json.dumps(dict(wanted.owners), sort_keys=True)},
        },
        "data": {KEYS[kind]: wanted.text},
    }
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    create(cluster, path, body, f"making ConfigMap {config_map_name(kind)}")


def remove_if_empty(cluster: Cluster, kind: str) -> None:
    """Remove a ConfigMap that this stack made, if it is empty now; ClusterError."""
    there = found(cluster, _path(kind))
    if there is not None and not there.get("data"):
        remove(cluster, _path(kind))


def _with_text(config: DnsConfig, text: str, owners: Mapping[str, str] | None = None) -> DnsConfig:
    return replace(config, text=text, owners=config.owners if owners is None else owners)


def _owners(annotations: Mapping[str, str]) -> dict[str, str]:
    try:
        owners: Any = json.loads(annotations.get(OWNERS_ANNOTATION, "{}"))
    except ValueError:
        return {}
    return cast("dict[str, str]", owners) if isinstance(owners, dict) else {}


def _path(kind: str) -> str:
    return f"/api/v1/namespaces/{NAMESPACE}/configmaps/{CONFIG_MAPS[kind]}"


def _unreadable(kind: str, error: Exception) -> ResourceError:
    where = f"{KEYS[kind]} of ConfigMap {config_map_name(kind)}"
    remedy = (
        f"put it right there (AKS, k3s: a block of your own in ConfigMap coredns-custom), or {LEFT_ALONE}"
        if kind == "coredns"
        else f"put it right there, or {LEFT_ALONE}"
    )
    return ResourceError(f"{where} is left as it is: {error}. Remedy: {remedy}")
