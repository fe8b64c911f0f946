"""A clone of a machine's disk: told by the doctor and by a refresh, and given a key of its own when it joins.

The tests of this file follow one stack of three machines, so each builds on the one before it.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import machines
from tests.e2e.doctor.diagnosis import doctor
from tests.e2e.stack.awaiting import awaited
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

OF_DISK = (
    "/etc/certs/key.pem",
    "/etc/certs/cert-chain.pem",
    "/var/lib/meshx/sidecar/cluster.env",
    "/etc/istio/config/mesh",
)
PUBLIC_KEY = ["openssl", "x509", "-noout", "-pubkey", "-in", "/etc/certs/cert-chain.pem"]
OTHER_ID = "0123456789abcdef0123456789abcdef"


def on(machine: str, *command: str, text: str = "") -> str:
    done = machines.execute(machine, list(command), text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def copy_disk(source: str, target: str) -> None:
    """Give a machine what another one's sidecar goes by, and start it so."""
    on(target, "systemctl", "stop", "istio")
    for path in OF_DISK:
        on(target, "sh", "-c", f"cat >{path}", text=on(source, "cat", path))
    on(target, "systemctl", "start", "--no-block", "istio")


def test_a_clone_that_runs_beside_its_original_is_a_fault(project: MeshProject) -> None:
    assert "no machine is connected twice" in doctor(project, "vm-1").text
    copy_disk("vm-1", "vm-3")
    said = awaited(lambda: doctor(project, "vm-1"), lambda said: "2 proxies are connected" in said.text)
    assert said.code == 1
    assert "2 proxies are connected to istiod as vm-1" in said.text
    on("vm-3", "sh", "-c", "systemctl stop istio; rm -f /etc/certs/key.pem /etc/certs/cert-chain.pem")
    project.expect("up", "--yes", "--skip-preview", "--refresh")


def test_another_machine_id_is_told_and_gets_another_key(project: MeshProject) -> None:
    own, before = on("vm-1", "cat", "/etc/machine-id"), on("vm-1", *PUBLIC_KEY)
    try:
        on("vm-1", "sh", "-c", "cat >/etc/machine-id", text=f"{OTHER_ID}\n")
        plan = project.expect("preview", "--refresh", "--diff").text
        assert f"/etc/machine-id is {OTHER_ID}, and was {own.strip()} when it joined: a clone" in plan
        said = doctor(project, "vm-1")
        assert said.code == 1 and f"and was {own.strip()} when it joined" in said.cause
        assert "a key of its own; if the other machine still runs, revoke it" in said.text
        project.expect("up", "--yes", "--skip-preview", "--refresh")
        assert on("vm-1", *PUBLIC_KEY) != before
        project.expect("preview", "--refresh", "--expect-no-changes")
    finally:
        on("vm-1", "sh", "-c", "cat >/etc/machine-id", text=own)
    project.expect("up", "--yes", "--skip-preview", "--refresh")


def test_a_machine_that_joins_under_another_name_gets_another_key(project: MeshProject) -> None:
    def renamed(old: str, new: str) -> Any:
        def change(config: dict[str, Any]) -> None:
            for machine in config["workloads"][0]["machines"]:
                machine["name"] = new if machine["name"] == old else machine["name"]

        return change

    before = on("vm-3", *PUBLIC_KEY)
    project.configure(renamed("vm-3", "vm-9"))
    project.expect("up", "--yes", "--skip-preview")
    assert on("vm-3", *PUBLIC_KEY) != before
    assert on("vm-3", "cat", "/var/lib/meshx/joined-as") == "vm-9\n"
    project.configure(renamed("vm-9", "vm-3"))
    project.expect("up", "--yes", "--skip-preview")
