"""A connection in words: what the table shows, what the state keeps, and what is compared from run to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from meshx.networks.ways import Tls, Way
from meshx.reachability.callers import is_loopback
from meshx.reachability.connections import Connection, Leg
from meshx.reachability.destinations import counted

NOWHERE = "nowhere"


class Row(TypedDict):
    """A connection, step by step.

    callers: who they are, and how many. name: what the name leads to. capture, listener: whether the caller's proxy
    takes it, and by what it chooses. way: directly or by the gateway, to whom. tls: what the other side must show.
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
        "way": way_words(one.legs),
        "tls": tls_words(one),
        "ends": NOWHERE if obstacle else ", ".join(leg.endpoint.label for leg in one.legs),
        "reason": obstacle.wrong if obstacle else "",
        "remedy": obstacle.remedy if obstacle else "",
    }


def _capture(one: Connection) -> str:
    if not one.captured:
        return "none"
    # What goes over `lo` is captured before root's calls are let past (istio-iptables.sh, all versions; measured).
    past = one.caller.root_goes_past and not is_loopback(one.address)
    return "by the proxy, but for root" if past else "by the proxy"


def way_words(legs: Iterable[Leg]) -> str:
    """To whom calls are sent directly, and to whom by the gateway; "none" where they are sent to nobody."""
    by_way = {taken: [leg.endpoint.label for leg in legs if leg.way is taken] for taken in Way}
    words = {Way.DIRECT: "direct", Way.GATEWAY: "gateway"}
    used = {words[taken]: labels for taken, labels in by_way.items() if labels}
    if len(used) == 1:
        return next(iter(used))
    return "; ".join(f"{word} to {', '.join(labels)}" for word, labels in used.items()) or "none"


def tls_words(one: Connection) -> str:
    """What the other side must show of itself."""
    used = {leg.tls for leg in one.legs}
    if not used:
        return "none"
    if Tls.SERVER in used:
        return "TLS, by the mesh's root"
    if Tls.PLAIN in used:
        return "none, in plain"
    if Tls.UNKNOWN in used:
        return Tls.UNKNOWN.value
    if one.identities:
        return f"mutual, {' or '.join(one.identities)}"
    found_out = any(leg.endpoint.identities is None for leg in one.legs)
    return "mutual, by its pods' service account" if found_out else "mutual, by any identity of the mesh"


def _callers(one: Connection) -> str:
    caller = one.caller
    if caller.is_pods:
        return "pods"
    named = [f"{counted(list(caller.machines))} of {counted(list(caller.workloads))}"] if caller.machines else []
    return ", ".join([*named, *([counted(list(caller.groups))] if caller.groups else [])])
