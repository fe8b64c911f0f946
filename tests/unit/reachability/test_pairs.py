"""All pairs of any stack: each once, each with an end or a reason, and not more of them for more machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshx.networks.routes import Route, Tls
from meshx.reachability.connections import Connection
from meshx.reachability.picture import picture
from meshx.reachability.rows import NOWHERE, rows
from tests.unit.reachability.stacks import (
    HTTPBIN,
    classic,
    classic_connections,
    connections,
    fill,
    instance,
    instances,
    machine,
    stack,
    workload,
)

NETWORKS = ("network1", "network2", "network3")


@st.composite
def workloads(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some workloads with machines on up to three networks."""
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    number, drawn = 0, list[dict[str, Any]]()
    for position, count in enumerate(counts):
        machines = [machine(number + step, network=draw(st.sampled_from(NETWORKS))) for step in range(count)]
        number += count
        more = {} if draw(st.booleans()) else {"ports": []}
        drawn.append(workload(*machines, name=f"w{position}", namespace=draw(st.sampled_from(["vm", "other"])), **more))
    return drawn


@st.composite
def exposures(draw: st.DrawFn, drawn: list[dict[str, Any]]) -> dict[str, Any]:
    """A service that some or all of the machines know, or none."""
    names = [one["name"] for those in drawn for one in those["machines"]]
    known = draw(st.none() | st.lists(st.sampled_from(names or [""]), unique=True))
    exposed = [{**HTTPBIN, **({} if known is None else {"machines": known})}]
    return {"exposed": exposed} if names and draw(st.booleans()) else {}


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    """Stacks of machines reached over SSH, and beside them of instances and groups in one VPC network or two."""
    drawn = draw(workloads())
    keys = draw(exposures(drawn))
    if draw(st.booleans()):
        return stack(*drawn, **keys)
    place = st.sampled_from([{}, {"gce": {"vpc": "shop", "subnetwork": "shop"}}])
    groups = [
        workload(name=f"g{position}", group={"size": 2, **draw(place)}, network=draw(st.sampled_from(NETWORKS)))
        for position in range(draw(st.integers(1, 2)))
    ]
    single = instance(99, network=draw(st.sampled_from(NETWORKS)), **{"gce": {}, **draw(place)})
    used = {one.get("network") for those in (*drawn, *groups) for one in (those, *those["machines"])} - {None}
    named = sorted({*used, "network1", single["network"]})
    return instances(*drawn, *groups, workload(single, name="single"), networks=named, **keys)


def every_pair_is_told(found: dict[str, Connection]) -> None:
    """Each ends somewhere, or says why not and what to do; and the picture is whole."""
    for row in rows(found.values()).values():
        assert (row["ends"] == NOWHERE) == bool(row["reason"]) == bool(row["remedy"])
    for one in found.values():
        for leg in one.legs:
            assert leg.route is Route.DIRECT or leg.tls in (Tls.MUTUAL, Tls.SERVER), (
                "the gateway passes nothing in plain"
            )
            assert leg.route is Route.DIRECT or leg.endpoint.network == "network1", "only the cluster's has a gateway"
    text = picture(list(found.values()), "network1")
    assert text.count("subgraph") == text.count("    end\n")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=stacks())
def test_every_pair_ends_somewhere_or_says_why_not_and_what_to_do(project: Path, values: dict[str, Any]) -> None:
    every_pair_is_told(connections(values, project))


@settings(max_examples=75, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_pair_of_the_classic_line_ends_somewhere_or_says_why_not(project: Path, data: st.DataObject) -> None:
    drawn = data.draw(workloads())
    values = classic(*drawn, **data.draw(exposures(drawn)))
    every_pair_is_told(classic_connections(values, project))


def test_machines_that_call_alike_and_serve_alike_are_one_row(project: Path) -> None:
    few = connections(stack(workload(*(machine(number) for number in range(2)))), project)
    many = connections(stack(workload(*(machine(number) for number in range(200)))), project)
    assert few.keys() == many.keys()
    row = rows(many.values())["pods with a sidecar -> <machine>.vmhttp.vm.svc.cluster.local:80 on network1"]
    assert row["ends"] == "vm-0 and 199 more"


def test_machines_that_know_other_names_are_told_apart(project: Path) -> None:
    values = stack(workload(machine(1), machine(3)), exposed=[{**HTTPBIN, "machines": ["vm-1"]}])
    callers = {key.partition(" -> ")[0] for key in connections(values, project)}
    assert "machines on network1 that know httpbin.bar.global" in callers
    assert "machines on network1 that know no exposed name" in callers


def test_a_revoked_machine_is_refused_by_all_that_have_a_sidecar_and_found_by_nobody(tmp_path: Path) -> None:
    values = stack(workload(machine(1), machine(2, revoked=True)))
    found = rows(connections(values, fill(tmp_path)).values())
    of_it = {key: row for key, row in found.items() if key.startswith("revoked machines on network1 -> ")}
    assert {row["callers"] for row in of_it.values()} == {"vm-2 of vm/vmhttp"}
    refused = {key.partition(" -> ")[2] for key, row in of_it.items() if "revoked: true" in row["reason"]}
    assert "vmhttp.vm.svc.cluster.local:80" in refused
    assert "<service>.<namespace>.svc.cluster.local of pods with a sidecar" in refused
    # Nobody refuses there: there is no proxy, and istiod knows certificates by their root alone.
    reached = {key.partition(" -> ")[2] for key, row in of_it.items() if row["ends"] != NOWHERE}
    assert {one.partition(":")[0] for one in reached} == {
        "istiod.istio-system.svc",
        "<service>.<namespace>.svc.cluster.local of pods without a sidecar",
    }
    assert not any("vm-2" in key for key in found)
