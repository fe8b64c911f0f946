"""The stack that these tests follow: three machines of one workload, one of them on another network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.traffic import services
from tests.e2e.revoking.refusals import unprotect
from tests.e2e.stack.conftest import new_project
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import second_machine

__all__ = ["new_project"]
FAR = {
    "name": "vm-2",
    "network": "network2",
    "address": "10.79.0.12",
    "ssh": {"hostKeyFile": ".sandbox/machines/vm-2/ssh_host_ed25519_key.pub"},
}


def three_machines(config: dict[str, Any]) -> None:
    """vm-1, vm-2 and vm-3, with a probe whose first result comes soon."""
    workload = config["workloads"][0]
    workload["machines"] += [FAR, second_machine()]
    workload["probe"] = {"tcp": {"port": 8080}, "periodSeconds": 1, "failureThreshold": 1}


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack, joined; in the end all machines are as they were."""
    new_project.configure(three_machines)
    try:
        services.apply()
        new_project.expect("up", "--yes", "--skip-preview")
        services.restart_uninjected()
        yield new_project
    finally:
        new_project.unlock()
        # Nobody logs in to a machine that is revoked, so those join once more before they leave.
        new_project.configure(let_in_again)
        new_project.pulumi("up", "--yes", "--skip-preview")
        unprotect(new_project)
        new_project.pulumi("destroy", "--yes", "--skip-preview")


def let_in_again(config: dict[str, Any]) -> None:
    """No machine is revoked any more, and no identity that was comes back."""
    workload = config["workloads"][0]
    named = {machine["name"] for machine in workload["machines"]}
    workload["machines"] += [machine for machine in (FAR, second_machine()) if machine["name"] not in named]
    workload["revocations"] = 9
    for machine in workload["machines"]:
        machine.pop("revoked", None)
