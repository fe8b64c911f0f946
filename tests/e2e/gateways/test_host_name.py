"""A gateway whose load balancer has a host name and no address, as on AWS, and gets another address behind it.

The tests follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster, loadbalancer
from sandbox.network import name_server
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from sandbox.traffic.calls import Answer
from tests.e2e.gateways.conftest import ended
from tests.e2e.networks.calls import BATCH, EVERY, no_call_fails, of_machine, of_pod
from tests.e2e.networks.upstreams import upstreams
from tests.e2e.reachability.bare_pods import bare_pod
from tests.e2e.reachability.comparison import compared
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.settling import settled

NAME = f"istio-eastwestgateway-istio-system.{loadbalancer.ZONE}"
NEXT = "10.77.0.240"
HTTPBIN, EXPOSED = "httpbin.bar.svc.cluster.local", "httpbin.bar.global"
MACHINES = ("vm-1", "vm-2")
NOTICED_SECONDS = 60.0
"""An agent asks a silent istiod after 30 seconds, waits for 10 (istio: pkg/keepalive/options.go), and connects anew."""


@pytest.fixture(scope="module")
def project(balancers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The dev stack behind such a load balancer, up."""
    folder = tmp_path_factory.mktemp("gateways")
    made = make(folder, {**os.environ, **prepare()})

    def named(config: dict[str, Any]) -> None:
        config["mesh"]["values"]["gateway"]["service"]["annotations"][loadbalancer.HOST_NAME] = "yes"
        # The former address falls silent, which istiod notices before a machine's agent does (docs/gateways.md).
        config["mesh"]["values"]["istiod"]["env"]["PILOT_WORKLOAD_ENTRY_GRACE_PERIOD"] = "60s"

    made.configure(named)
    services.apply()
    made.expect("preview")
    made.expect("up", "--yes", "--skip-preview")
    services.restart_uninjected()
    yield from ended(made)


def said_on(machine: str, *words: str) -> str:
    return machines.execute(machine, list(words)).stdout


def istiod_is_at(machine: str) -> set[str]:
    """The addresses at which a machine's agent is connected to istiod."""
    shown = said_on(machine, "ss", "-Htn", "state", "established", "dport", "=", ":15012")
    return {line.split()[3].rpartition(":")[0] for line in shown.splitlines()}


def by_its_exposed_name(machine: str) -> Callable[[], list[Answer]]:
    return lambda: traffic.from_machine(machine, f"http://{EXPOSED}:8000/", BATCH, EVERY)


def test_machines_join_by_the_name_and_nothing_of_an_address_is_on_them(project: MeshProject) -> None:
    assert project.outputs()["controlPlane"]["gatewayAddress"] == NAME
    for machine in MACHINES:
        assert "istiod" not in said_on(machine, "cat", "/etc/hosts")
        assert f"discoveryAddress: {NAME}:15012\n" in said_on(machine, "cat", "/etc/istio/config/mesh")
        settings = said_on(machine, "cat", "/var/lib/meshx/sidecar/cluster.env")
        assert "ISTIOD_SAN='istiod.istio-system.svc'\n" in settings
        environment = said_on(machine, "bash", "-c", "tr '\\0' '\\n' </proc/$(pidof pilot-agent)/environ")
        assert "CA_ADDR" not in environment


def test_calls_go_both_ways_and_to_other_networks_through_it(project: MeshProject) -> None:
    (address,) = name_server.names()[NAME]
    for machine in MACHINES:
        for host in (HTTPBIN, EXPOSED):
            settled(lambda machine=machine, host=host: traffic.from_machine(machine, f"http://{host}:8000/")[0])
        settled(
            lambda machine=machine: traffic.from_pod("sleep", f"http://{machine}.vmhttp.vm.svc.cluster.local:8080/")[0]
        )
        assert istiod_is_at(machine) == {str(address)}
    for host in (HTTPBIN, EXPOSED):
        assert upstreams("vm-2", host)[f"{address}:15443"] > 0, host


def test_every_row_of_the_table_is_as_predicted(project: MeshProject) -> None:
    (address,) = name_server.names()[NAME]
    with bare_pod():
        reached, missed = compared(project, str(address), control_plane=NAME)
    print(f"behind a host name: {reached} pairs reached and {missed} not, all as predicted")
    assert reached
    assert missed


def test_neither_a_refresh_nor_a_preview_finds_a_change(project: MeshProject) -> None:
    ran = project.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert ran.code == 0, ran.text
    assert project.expect("preview", "--expect-no-changes").code == 0


def test_a_new_address_behind_the_name_costs_no_call(project: MeshProject) -> None:
    began = {
        machine: said_on(machine, "systemctl", "show", "-p", "ActiveEnterTimestamp", "istio") for machine in MACHINES
    }
    (former,) = name_server.names()[NAME]
    with no_call_fails(
        "a new address of the gateway",
        vm_2_by_the_service=of_machine("vm-2"),
        vm_2_by_the_exposed_name=by_its_exposed_name("vm-2"),
        vm_1=of_machine("vm-1"),
        to_vm_1=of_pod("vm-1.vmhttp"),
        to_vm_2=of_pod("vm-2.vmhttp"),
    ):
        core = client.CoreV1Api(cluster.api())
        core.patch_namespaced_service("istio-eastwestgateway", "istio-system", {"spec": {"loadBalancerIP": NEXT}})
        time.sleep(loadbalancer.FORMER_SECONDS)
        silent = time.monotonic()
        # The connection by which it last asked for a certificate is left alone until it asks again.
        while away := [machine for machine in MACHINES if NEXT not in istiod_is_at(machine)]:
            assert time.monotonic() < silent + NOTICED_SECONDS, away
            time.sleep(1)
        print(f"agents at the new address {time.monotonic() - silent:.0f} s after the former fell silent")
    assert str(name_server.names()[NAME][0]) == NEXT != str(former)
    for machine in MACHINES:
        assert said_on(machine, "systemctl", "show", "-p", "ActiveEnterTimestamp", "istio") == began[machine]
    for host in (HTTPBIN, EXPOSED):
        assert upstreams("vm-2", host).get(f"{NEXT}:15443", 0) > 0, host
    core.patch_namespaced_service("istio-eastwestgateway", "istio-system", {"spec": {"loadBalancerIP": None}})
    assert project.expect("preview", "--expect-no-changes").code == 0
