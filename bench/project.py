"""The program in a folder of its own, on the sandbox, for as long as something is measured."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.serving import leave_servers_alone
from sandbox import lifecycle, machines
from sandbox.network.addresses import FAR_NETWORK
from sandbox.paths import STATE
from sandbox.pulumi.home import prepare
from tests.e2e.stack.mesh_project import MeshProject, make


@contextmanager
def project() -> Iterator[MeshProject]:
    """A stack of the mesh with one workload and no machine yet, applied; destroyed afterwards."""
    lifecycle.up(lambda line: sys.stderr.write(f"{line}\n"))
    with tempfile.TemporaryDirectory(prefix="meshx-bench-") as folder:
        made = make(Path(folder), {**os.environ, **prepare()})
        try:
            made.configure(leave_servers_alone)
            made.configure(lambda config: config.pop("exposed"))
            with_machines(made, [])
            made.expect("up", "--yes", "--skip-preview")
            yield made
        finally:
            made.pulumi("cancel", "--yes")
            made.pulumi("destroy", "--yes", "--skip-preview")


def with_machines(made: MeshProject, names: list[str]) -> None:
    """Configure the workload to run on these machines of the sandbox."""

    def change(config: dict[str, Any]) -> None:
        config["workloads"][0]["machines"] = [machine_configuration(name) for name in names]
        # Nobody calls them who would have to go elsewhere before they leave.
        config["workloads"][0]["drainSeconds"] = 0

    made.configure(change)


def machine_configuration(name: str) -> dict[str, Any]:
    """The configuration of one of the sandbox's machines."""
    machine = machines.machine(name)
    key = STATE / "machines" / name / "ssh_host_ed25519_key.pub"
    place = {"network": "network2"} if machine.network is FAR_NETWORK else {}
    return {"name": name, "address": str(machine.address), "ssh": {"hostKeyFile": str(key)}} | place
