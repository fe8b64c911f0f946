"""What a machine's packet rules have of what stays out of the mesh, and what becomes of calls while that changes.

The tests of this file follow one stack of two machines, so each builds on the one before it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import machines, traffic
from sandbox.traffic import services
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import VMHTTP, calls_both_ways, two_machines

pytestmark = pytest.mark.usefixtures("sandbox")

MACHINE, OTHER = "vm-3", "vm-1"
PORT = 9100
KEPT_OUT = {
    "excludeOutboundPorts": [2049],
    "excludeOutboundRanges": ["10.77.0.11", "10.9.0.0/24"],
    "excludeInboundPorts": [PORT],
}
ADDED = {
    "-A ISTIO_OUTPUT -p tcp -m tcp --dport 2049 -j RETURN",
    "-A ISTIO_OUTPUT -p udp -m udp --dport 2049 -j RETURN",
    "-A ISTIO_OUTPUT -d 10.77.0.11/32 -j RETURN",
    "-A ISTIO_OUTPUT -d 10.9.0.0/24 -j RETURN",
}
PASSTHROUGH = re.compile(rf"PassthroughCluster::[^:]+:{PORT}::cx_total::(\d+)")


@pytest.fixture(scope="module")
def outside(sandbox: object) -> dict[str, list[str]]:
    """What stands on the machine before it joins."""
    return listing(MACHINE)


@pytest.fixture(scope="module")
def project(new_project: MeshProject, outside: dict[str, list[str]]) -> Iterator[MeshProject]:
    """A stack of two machines; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        machines.execute(OTHER, ["systemd-run", "-q", "--unit=beside", "echo-http", "serve", f":{PORT}"])
        yield new_project
    finally:
        machines.execute(OTHER, ["systemctl", "stop", "beside"])
        new_project.unlock()
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def kept_out(config: dict[str, Any]) -> None:
    config["workloads"][0]["machines"][1] |= KEPT_OUT


def kept_in(config: dict[str, Any]) -> None:
    for key in KEPT_OUT:
        del config["workloads"][0]["machines"][1][key]


def rules() -> set[str]:
    """The rules of the machine's sidecar for what leaves it; those of each backend that has some."""
    # Without -t: that would make a table of the legacy backend.
    both = "iptables-nft-save; iptables-legacy-save 2>/dev/null"
    lines = machines.execute(MACHINE, ["bash", "-c", both]).stdout.splitlines()
    return {line.strip() for line in lines if line.startswith("-A ISTIO_OUTPUT ")}


def passed_on() -> int:
    """How many connections to the port the machine's proxy has passed on as nobody's in the mesh, of late."""
    said = machines.execute(MACHINE, ["echo-http", "call", "http://127.0.0.1:15000/clusters"]).stdout
    clusters = str(json.loads(said)["body"])
    assert "PassthroughCluster::" in clusters
    return sum(int(found) for found in PASSTHROUGH.findall(clusters))


def changed_while_called(project: MeshProject, what: str) -> None:
    """Run `up` while calls go both ways: all are answered."""
    with calls_both_ways(what) as calls:
        time.sleep(2)
        ran = project.expect("up", "--yes", "--skip-preview")
        time.sleep(2)
    assert calls.none_failed(), calls.summary()
    assert ran.changes()["updated"] >= 1


def test_a_preview_shows_what_is_to_stay_out_and_another_shows_nothing_once_it_does(project: MeshProject) -> None:
    before = rules()
    project.configure(kept_out)
    shown = project.expect("preview", "--diff").text
    assert "ISTIO_SERVICE_EXCLUDE_CIDR='10.77.0.11/32,10.9.0.0/24'" in shown
    assert "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='2049'" in shown
    changed_while_called(project, "calls and a port put out of the mesh")
    assert (rules() - before, before - rules()) == (ADDED, set())
    assert project.expect("preview", "--refresh", "--expect-no-changes").code == 0


def test_what_stays_out_goes_past_the_proxy_and_all_else_through_it(project: MeshProject) -> None:
    outside_url = f"http://{machines.machine(OTHER).address}:{PORT}/"
    past = traffic.from_machine(MACHINE, outside_url, count=20)
    assert {(one.host, one.caller, one.succeeded) for one in past} == {(OTHER, "", True)}
    assert passed_on() == 0, "the proxy saw some of them"
    through = traffic.from_machine(MACHINE, VMHTTP, count=40)
    assert {one.host for one in through} == {MACHINE, OTHER}
    assert {one.caller for one in through} == {"spiffe://cluster.local/ns/vm/sa/vmhttp"}
    from_other = traffic.from_machine(OTHER, f"http://{machines.machine(OTHER).address}:{PORT}/")
    assert from_other[0].succeeded
    print(f"{len(past)} calls past the proxy, {len(through)} by name through it, to the same machine too")


def test_the_rules_are_as_before_once_nothing_stays_out_and_nothing_stays_after_leaving(
    project: MeshProject, outside: dict[str, list[str]]
) -> None:
    with_exclusions = rules()
    project.configure(kept_in)
    changed_while_called(project, "the same put into it again")
    assert with_exclusions - rules() == ADDED
    traffic.from_machine(MACHINE, f"http://{machines.machine(OTHER).address}:{PORT}/", count=5)
    assert passed_on() > 0, "the proxy passes none of them on"
    project.configure(lambda config: config["workloads"][0]["machines"].pop())
    project.expect("up", "--yes", "--skip-preview")
    assert not differences(outside, listing(MACHINE))
