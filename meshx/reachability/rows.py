"""A connection in words: the table shows them, the state keeps them, and each run compares them with the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from meshx.networks.routes import Route, Tls
from meshx.reachability.callers import is_loopback
from meshx.reachability.connections import Connection
from meshx.reachability.destinations import counted
from meshx.reachability.legs import Leg

NOWHERE = "nowhere"
_STATED = {
    Tls.SERVER: "TLS, by the mesh's root",
    Tls.PLAIN: "none, in plain",
    Tls.UNKNOWN: Tls.UNKNOWN.value,
}
_OF_PODS = "by its pods' service account"


class Row(TypedDict):
    """A connection, step by step.

    callers: who they are, and how many. name: what the name resolves to. capture, listener: whether the caller's proxy
    captures it, and its listener. way: directly or through the gateway, to whom. tls: what the other side must show.
    ends: where, or NOWHERE; then with the reason and the remedy.
    """

    callers: str
    name: str
    capture: str
    listener: str
    way: str
    tls: str
    ends: str
    reason: str
    remedy: str


def rows(connections: Iterable[Connection]) -> dict[str, Row]:
    """The rows of a table by their keys, in the connections' order."""
    return {one.key: _row(one) for one in connections}


def _row(one: Connection) -> Row:
    obstacle = one.obstacle
    return {
        "callers": _callers(one),
        "name": one.address or "nothing",
        "capture": _capture(one),
        "listener": one.listener or "none",
        "way": route_words(one.legs),
        "tls": tls_words(one),
        "ends": NOWHERE if obstacle else ", ".join(leg.endpoint.label for leg in one.legs),
        "reason": obstacle.wrong if obstacle else "",
        "remedy": obstacle.remedy if obstacle else "",
    }


def _capture(one: Connection) -> str:
    if not one.captured:
        return "none"
    if one.caller.by_node:
        return "by the proxy of the node"
    # The packet rules capture traffic over `lo` before they exempt root's calls (istio-iptables.sh, all versions;
    # measured).
    past = one.caller.root_bypasses_proxy and not is_loopback(one.address)
    return "by the proxy, but for root" if past else "by the proxy"


def route_words(legs: Iterable[Leg]) -> str:
    """Who gets calls directly, and who through the gateway; "none" without any endpoint."""
    by_route = {taken: [leg.endpoint.label for leg in legs if leg.route is taken] for taken in Route}
    words = {Route.DIRECT: "direct", Route.GATEWAY: "gateway"}
    used = {words[taken]: labels for taken, labels in by_route.items() if labels}
    if len(used) == 1:
        return next(iter(used))
    return "; ".join(f"{word} to {', '.join(labels)}" for word, labels in used.items()) or "none"


def tls_words(one: Connection) -> str:
    """What the other side must prove."""
    used = {leg.tls for leg in one.legs}
    said = next((words for tls, words in _STATED.items() if tls in used), "")
    if said or not used:
        return said or "none"
    named = " or ".join(one.identities)
    if Tls.HBONE in used:
        return f"HBONE, {named or _OF_PODS}"
    if named:
        return f"mutual, {named}"
    found_out = any(leg.endpoint.identities is None for leg in one.legs)
    return f"mutual, {_OF_PODS if found_out else 'by any identity of the mesh'}"


def _callers(one: Connection) -> str:
    caller = one.caller
    if caller.is_pods:
        return "pods"
    named = [f"{counted(list(caller.machines))} of {counted(list(caller.workloads))}"] if caller.machines else []
    return ", ".join([*named, *([counted(list(caller.groups))] if caller.groups else [])])
