"""All pairs of any stack: each once, each with an end or a reason, and not more of them for more machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshx.reachability.picture import picture
from meshx.reachability.rows import NOWHERE, rows
from meshx.reachability.ways import Way
from tests.unit.reachability.stacks import HTTPBIN, connections, machine, stack, workload

NETWORKS = ("network1", "network2", "network3")


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Any]:
    """Configurations of some workloads on up to three networks, an exposed service among them or not."""
    counts = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    number, workloads = 0, list[dict[str, Any]]()
    for position, count in enumerate(counts):
        machines = [machine(number + step, network=draw(st.sampled_from(NETWORKS))) for step in range(count)]
        number += count
        more = {} if draw(st.booleans()) else {"ports": []}
        workloads.append(
            workload(*machines, name=f"w{position}", namespace=draw(st.sampled_from(["vm", "other"])), **more)
        )
    known = draw(st.none() | st.lists(st.sampled_from([f"vm-{one}" for one in range(number)] or [""]), unique=True))
    exposed = [{**HTTPBIN, **({} if known is None else {"machines": known})}] if number and draw(st.booleans()) else []
    return stack(*workloads, exposed=exposed)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=stacks())
def test_every_pair_ends_somewhere_or_says_why_not_and_what_to_do(project: Path, values: dict[str, Any]) -> None:
    found = connections(values, project)
    for row in rows(found.values()).values():
        assert (row["ends"] == NOWHERE) == bool(row["reason"]) == bool(row["remedy"])
    for one in found.values():
        for leg in one.legs:
            assert one.obstacle or leg.way is Way.DIRECT or leg.endpoint.mutual_tls or leg.endpoint.label == "istiod"
            assert leg.way is Way.DIRECT or leg.endpoint.network == "network1", "only the cluster's has a gateway"
    text = picture(list(found.values()), "network1")
    assert text.count("subgraph") == text.count("    end\n")


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
