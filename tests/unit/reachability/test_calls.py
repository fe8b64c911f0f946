"""The way that each call takes, step by step, and why it ends nowhere where it does; calls/*.yaml has the cases.

A case has a stack in short (`workloads`, with machines by number, and other keys of the configuration) and what is
said of `calls` in it. A text with `*` at an end stands for all that have the rest. `keys_with` are all calls whose name
has a word in it; `every_with` is what holds for each of those.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.exposure.found_services import FoundServices
from meshx.reachability.connections import Connection
from meshx.reachability.picture import picture
from meshx.reachability.rows import route_words, rows, tls_words
from tests.unit.reachability import stacks
from tests.unit.reachability.stacks import classic, classic_connections, connections, machine, stack, workload

CASES: dict[str, dict[str, dict[str, Any]]] = {
    line: yaml.safe_load(Path(__file__).with_name("calls").joinpath(f"{line}.yaml").read_text())
    for line in ("istiod", "classic")
}
CALLERS = {
    "P": "pods with a sidecar",
    "B": "pods without a sidecar",
    "A": "pods in ambient mode",
    "N": "machines on network1",
    "F": "machines on network2",
}
CALLED = {
    "SERVICE": "vmhttp.vm.svc.cluster.local:80",
    "OWN": "httpbin.bar.svc.cluster.local:8000",
    "GLOBAL": "httpbin.bar.global:8000",
    "ORDERS": "orders.shop.svc.cluster.local:80",
    "ISTIOD": "istiod.istio-system.svc:15012",
    "PODS_OF": "<service>.<namespace>.svc.cluster.local of",
}
BARE = "pods without a sidecar"


def key_of(short: str) -> str:
    """A call's key, of its short form."""
    caller, _, called = short.partition(" -> ")
    for word, text in CALLED.items():
        called = called.replace(word, text)
    called, last = called.rpartition(" ")[::2] if called.startswith(CALLED["PODS_OF"]) else ("", called)
    return f"{CALLERS.get(caller, caller)} -> {' '.join(filter(None, (called, CALLERS.get(last, last))))}"


def _numbered(one: int | dict[str, Any], make: Any) -> dict[str, Any]:
    return make(one) if isinstance(one, int) else make(**one)


def _workload(short: dict[str, Any] | str) -> dict[str, Any]:
    if short == "group":
        return stacks.group()
    assert isinstance(short, dict)
    keys = {key: value for key, value in short.items() if key not in ("machines", "instances", "group")}
    if short.get("group"):
        return stacks.group(**keys)
    machines = [_numbered(one, machine) for one in short.get("machines", [])]
    machines += [_numbered(one, stacks.instance) for one in short.get("instances", [])]
    return workload(*machines, **keys)


def _found(*, vmhttp: bool = False, **keys: Any) -> FoundServices:
    seen = stacks.seen(**keys)
    (service,) = seen.services.values()
    return FoundServices({("vm", "vmhttp"): replace(service, ports={80: "HTTP"}, pods=0)}, ()) if vmhttp else seen


def connections_of(line: str, case: dict[str, Any], project: Path) -> dict[str, Connection]:
    """What the model says of a case's stack, by key."""
    workloads = [_workload(one) for one in case["workloads"]]
    keys = {key: case[key] for key in ("cluster", "mesh", "exposed", "networks") if key in case}
    found = _found(**case.get("found", {}))
    if line == "classic":
        return classic_connections(classic(*workloads, **keys), project, found_services=found)
    values = stack(*workloads, **keys)
    if "instances" in case:
        values = stacks.instances(*workloads, networks=case["instances"], **keys)
    limits = {key: frozenset(case[key]) for key in ("secluded", "gateways") if key in case}
    return connections(values, project, found_services=found, **limits)


def said_of(one: Connection) -> dict[str, Any]:
    """What the model says of a call, in the cases' words."""
    row = rows([one])[one.key]
    return {
        "address": one.address,
        "answered": one.obstacle is None,
        "callers": row["callers"],
        "capture": row["capture"],
        "captured": one.captured,
        "endpoints": dict(address for leg in one.legs for address in leg.endpoint.addresses),
        "ends": [] if one.obstacle else [leg.endpoint.label for leg in one.legs],
        "identities": list(one.identities),
        "listener": one.listener,
        "remedy": one.obstacle.remedy if one.obstacle else None,
        "tls": tls_words(one),
        "way": route_words(one.legs),
        "wrong": one.obstacle.wrong if one.obstacle else None,
    }


def differences(wanted: dict[str, Any], said: dict[str, Any]) -> dict[str, str]:
    """What is said otherwise than wanted."""
    return {
        key: f"{said[key]!r} in place of {value!r}"
        for key, value in wanted.items()
        if not (
            isinstance(value, str) and isinstance(said[key], str) and fnmatchcase(said[key], value.replace("[", "[[]"))
        )
        and said[key] != value
    }


@pytest.mark.parametrize(
    ("line", "case"),
    [pytest.param(line, case, id=f"{line}: {name}") for line, cases in CASES.items() for name, case in cases.items()],
)
def test_a_call_takes_the_way_that_its_case_has(project: Path, line: str, case: dict[str, Any]) -> None:
    found = connections_of(line, case, project)
    for short, wanted in case.get("calls", {}).items():
        assert differences(wanted, said_of(found[key_of(short)])) == {}, short
    for word, keys in case.get("keys_with", {}).items():
        assert [key for key in found if word in key] == [key_of(short) for short in keys]
    for word, wanted in case.get("every_with", {}).items():
        those = [one for key, one in found.items() if word in key]
        assert len(those) == wanted.get("count", len(those)) > 0
        for one in those:
            assert differences({key: value for key, value in wanted.items() if key != "count"}, said_of(one)) == {}


def test_where_mutual_tls_is_the_rule_calls_in_plain_are_refused_and_all_others_pass(project: Path) -> None:
    both = workload(machine(1), machine(2, network="network2"))
    strict = connections(stack(both, mesh={"mutualTls": "strict"}), project)
    before = connections(stack(both), project)
    other = {key for key, one in strict.items() if one.obstacle != before[key].obstacle}
    assert other == {f"{BARE} -> <address of vm-{number}>:8080" for number in (1, 2)}
    for key in other:
        obstacle = strict[key].obstacle
        assert obstacle
        assert "take mutual TLS alone (meshx:mesh.mutualTls: strict)" in obstacle.wrong
        assert obstacle.remedy == "a sidecar for the pod"


def test_the_picture_of_the_classic_line_shows_pods_without_a_sidecar_that_reach_machines(project: Path) -> None:
    drawn = picture(list(classic_connections(classic(workload(machine(1))), project).values()), "network1")
    assert f'["{BARE}"]' in drawn
    assert '"15011, TLS"' in drawn
