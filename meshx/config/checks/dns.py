"""The DNS stub: a domain is of no use without servers to ask, and the cluster's own names are not to be sent away."""

from collections.abc import Iterator

from meshx.config.problems import Problem
from meshx.config.written import Written

CLUSTER_DOMAIN = "cluster.local"


def problems(stack: Written) -> Iterator[Problem]:
    """Keys without servers, and a domain that the cluster serves itself."""
    dns = stack.get("dns")
    if (dns.get("domain") or dns.get("kind")) and not list(dns.get("servers").items()):
        yield Problem(
            (*dns.location, "servers"), "no server is named, so nothing would be forwarded", 'servers: ["10.0.0.53"]'
        )
    domain = dns.get("domain").text
    if domain and (f".{CLUSTER_DOMAIN}".endswith(f".{domain}") or domain.endswith(f".{CLUSTER_DOMAIN}")):
        yield Problem(
            (*dns.location, "domain"),
            f"names of {domain} are the cluster's own: forwarded, its services would not be found any more",
            "a domain of your own, such as global",
        )
