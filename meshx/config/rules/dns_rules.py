"""The DNS stub: a domain is of no use without servers to ask, and the cluster's own names are not to be sent away."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.network_rules import any_elsewhere
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.namespaces import CLUSTER_DOMAIN
from meshx.istio.versions import IstioLine

GLOBAL = "global"


def problems(stack: Written) -> Iterator[Problem]:
    """Keys without servers, and a domain that the cluster serves itself."""
    dns = stack.get("dns")
    named = bool(list(dns.get("servers").items()))
    # What else may serve names below `global`, and what that leaves to be said, is the classic line's own rule.
    if (dns.get("domain") or dns.get("kind")) and not named and not istiocoredns_is_asked(stack):
        yield Problem((*dns.location, "servers"), "without a server nothing is forwarded", 'servers: ["10.0.0.53"]')
    yield from _istiocoredns(stack, named)
    domain = dns.get("domain").text
    if domain and (f".{CLUSTER_DOMAIN}".endswith(f".{domain}") or domain.endswith(f".{CLUSTER_DOMAIN}")):
        yield Problem(
            (*dns.location, "domain"),
            f"the cluster serves names of {domain} itself: forwarded, they would lead nobody to its services",
            "a domain of your own, such as global",
        )


def istiocoredns_is_asked(stack: Written) -> bool:
    """Whether the cluster's DNS is to ask istiocoredns, which comes with gateways on the classic line."""
    return (
        written_line(stack.get("mesh", "istioVersion").text) is IstioLine.CLASSIC
        and any_elsewhere(stack)
        and stack.get("dns", "istiocoredns").flag(True)
    )


def _istiocoredns(stack: Written, named: bool) -> Iterator[Problem]:
    dns, version = stack.get("dns"), stack.get("mesh", "istioVersion").text
    asked, domain = dns.get("istiocoredns"), dns.get("domain")
    if asked and written_line(version) is IstioLine.ISTIOD:
        yield Problem(asked.location, f"without effect on Istio {version}: istiocoredns ended with 1.4", "nothing")
    elif asked.flag(False) and named:
        yield Problem(asked.location, "the servers are asked instead of istiocoredns", "one of the two")
    elif asked.flag(False) and not any_elsewhere(stack):
        yield Problem(
            asked.location,
            "istiocoredns comes with the gateways for machines on other networks, and there are none",
            "nothing, or a machine's `network`",
        )
    if domain.text not in ("", GLOBAL) and not named and istiocoredns_is_asked(stack):
        yield Problem(
            domain.location,
            f"istiocoredns knows only names below {GLOBAL}, and there is no other server",
            f"servers that know {domain.text}, or leave the key out",
        )
