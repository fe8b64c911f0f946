"""A machine with two Services under one identity: both are called from a pod and from machines of both networks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import machines, traffic
from tests.e2e.networks.calls import BATCH, EVERY, no_call_fails
from tests.e2e.networks.test_exposed_services import MACHINES, VM_IDENTITY
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.settling import settled

ADMIN = "http://admin.vm.svc.cluster.local:80/"
OWN = "http://vmhttp.vm.svc.cluster.local:8080/"
TARGET = 9000


@pytest.fixture
def admin(project: MeshProject) -> Iterator[None]:
    """The stack with a further Service, whose program runs on both machines; without it in the end."""
    for machine in MACHINES:
        machines.execute(machine, ["systemd-run", "--unit=admin", "echo-http", "serve", f":{TARGET}"])
    ports = [{"name": "http-admin", "port": 80, "targetPort": TARGET}]
    project.configure(lambda config: config["workloads"][0].update(services=[{"name": "admin", "ports": ports}]))
    project.expect("up", "--yes", "--skip-preview")
    yield
    project.configure(lambda config: config["workloads"][0].pop("services"))
    project.expect("up", "--yes", "--skip-preview")
    for machine in MACHINES:
        machines.execute(machine, ["systemctl", "stop", "admin"])


def test_both_services_of_a_machine_are_called_and_have_its_identity(project: MeshProject, admin: None) -> None:
    callers = {
        "pod": lambda url: traffic.from_pod("sleep", url, BATCH, EVERY),
        **{
            machine: lambda url, machine=machine: traffic.from_machine(machine, url, BATCH, EVERY)
            for machine in MACHINES
        },
    }
    for call in callers.values():
        for url in (ADMIN, OWN):
            assert settled(lambda call=call, url=url: call(url)[0]).status == 200
    loops = {
        f"{name} to {url.split('.')[0].removeprefix('http://')}": lambda call=call, url=url: call(url)
        for name, call in callers.items()
        for url in (ADMIN, OWN)
    }
    with no_call_fails("two services of a machine", **loops):
        pass
    answers = traffic.from_machine("vm-2", ADMIN, 20)
    assert {answer.caller for answer in answers} == {VM_IDENTITY}
    assert {answer.host for answer in answers} == set(MACHINES)
    assert project.outputs()["services"]["vm/admin"] == "admin.vm.svc.cluster.local:80"
    project.expect("preview", "--expect-no-changes")
