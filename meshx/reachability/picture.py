"""The topology as a Mermaid flowchart, made of the same connections as the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshx.istio.ports import CROSS_NETWORK_PORT
from meshx.networks.routes import Route
from meshx.reachability.callers import BARE_PODS
from meshx.reachability.connections import Connection
from meshx.reachability.destinations import Endpoint, NameSource
from meshx.reachability.places import machines_on

MOST_ARROWS = 300
"""Mermaid draws no more than 500 arrows (its setting `maxEdges`), and more than this are hard to follow."""
GATEWAY = "gateway"


@dataclass(frozen=True)
class _Node:
    """A node, in the frame of its network; None for a node outside all frames."""

    label: str
    network: str | None


@dataclass(frozen=True)
class _Arrow:
    start: _Node
    end: _Node
    words: str


def picture(connections: Sequence[Connection], own: str) -> str:
    """The flowchart of a stack: a frame for each network with its nodes, and an arrow for each route of calls.

    own: the cluster's network. Arrows of calls that end nowhere are dotted, with a cross; failing calls of pods without
    a sidecar are left out. If there are too many arrows, a network's workloads are drawn as one node.
    """
    shown = [one for one in connections if one.caller.label != BARE_PODS or one.obstacle is None]
    arrows = _arrows(shown, own, apart=True)
    if len(arrows) > MOST_ARROWS:
        arrows = _arrows(shown, own, apart=False)
    nodes = list(dict.fromkeys(node for arrow in arrows for node in (arrow.start, arrow.end)))
    names = {node: f"m{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    for number, network in enumerate(dict.fromkeys(node.network for node in nodes if node.network is not None)):
        inside = [node for node in nodes if node.network == network]
        lines.append(f'    subgraph n{number}["{network or "one network"}"]')
        lines += [f"        {names[node]}{_label(node)}" for node in inside]
        lines.append("    end")
    lines += [f"    {names[node]}{_label(node)}" for node in nodes if node.network is None]
    for arrow in arrows:
        line = f'-- "{arrow.words}" -->' if arrow.words else "-.-x"
        lines.append(f"    {names[arrow.start]} {line} {names[arrow.end]}")
    return "\n".join(lines) + "\n"


def _arrows(connections: Sequence[Connection], own: str, *, apart: bool) -> list[_Arrow]:
    """Each arrow once. apart: whether each workload's machines are a node of their own."""
    every = (arrow for one in connections for arrow in _of_connection(one, own, apart))
    return [arrow for arrow in dict.fromkeys(every) if arrow.start != arrow.end]


def _of_connection(one: Connection, own: str, apart: bool) -> Iterator[_Arrow]:
    start, gateway = _Node(one.caller.label, one.caller.network), _Node(GATEWAY, own)
    if one.obstacle is not None:
        # If no proxy captures a connection, its name leads nowhere; the endpoint itself may be reachable by other
        # names.
        ends = [_end(end, apart) for end in one.destination.endpoints] if one.captured else []
        ends = ends or [_Node(one.destination.title, None)]
        yield from (_Arrow(start, end, "") for end in ends)
        return
    for leg in one.legs:
        end = _end(leg.endpoint, apart)
        if leg.route is Route.DIRECT:
            yield _Arrow(start, end, leg.tls.value)
        else:
            port = (
                one.destination.port if one.destination.name_source is NameSource.CONTROL_PLANE else CROSS_NETWORK_PORT
            )
            passed = f"{port}, {leg.tls.value}"
            yield _Arrow(start, gateway, passed)
            yield _Arrow(gateway, end, passed)


def _end(endpoint: Endpoint, apart: bool) -> _Node:
    label = machines_on(endpoint.network) if endpoint.are_machines and not apart else endpoint.label
    return _Node(label, endpoint.network)


def _label(node: _Node) -> str:
    text = node.label.replace("<", "#lt;").replace(">", "#gt;")
    return f'["{text}"]'
