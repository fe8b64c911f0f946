"""The sandbox raised with both families, and one stack with a machine of each kind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox import lifecycle, machines, stack
from sandbox.kubernetes import cluster
from sandbox.lifecycle import BOOT_FILE
from sandbox.network import dual_stack
from sandbox.network.addresses import PODS, SERVICES
from sandbox.paths import REPO
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.dual_stack.kinds import BOTH, IPV6, KINDS, SECOND_ADDRESS
from tests.e2e.stack.machine_listing import listing
from tests.e2e.stack.mesh_project import MeshProject, make

collect_ignore_glob = [] if dual_stack.ENABLED else ["test_*.py"]
"""A sandbox of one family has nothing to try here."""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[None]:
    """A new sandbox of both families; in the end there is one of IPv4 again where there was one, with its stack."""
    was_up, had_stack = BOOT_FILE.exists(), stack.is_deployed()
    if had_stack:
        stack.destroy()
    lifecycle.down(print)
    lifecycle.up(print)
    for name in (BOTH, IPV6):
        machines.start(name)
    yield
    lifecycle.down(print)
    of_one_family = {key: value for key, value in os.environ.items() if key != "MESHX_SANDBOX_DUAL_STACK"}
    if was_up:
        subprocess.run([sys.executable, "-m", "sandbox", "up"], check=True, cwd=REPO, env=of_one_family)
    if had_stack:
        subprocess.run([sys.executable, "-m", "sandbox.stack", "up"], check=True, cwd=REPO, env=of_one_family)


def _three_kinds(config: dict[str, Any]) -> None:
    config["cluster"]["servicesCidr"] = f"{SERVICES},{dual_stack.SERVICES}"
    config["cluster"]["podsCidr"] = f"{PODS},{dual_stack.PODS}"
    config["mesh"]["dualStack"] = True
    addresses: dict[str, dict[str, str]] = {name: {"address": str(machines.machine(name).address)} for name in KINDS}
    addresses[BOTH]["secondAddress"] = SECOND_ADDRESS
    config["workloads"][0]["machines"] = [
        {"name": name, **own, "ssh": {"hostKeyFile": f".sandbox/machines/{name}/ssh_host_ed25519_key.pub"}}
        for name, own in addresses.items()
    ]
    del config["exposed"]


@pytest.fixture(scope="package")
def before(sandbox: None) -> dict[str, dict[str, list[str]]]:
    """What stands on each machine before it joins; one has its second address by then."""
    command = f"ip -6 address add {SECOND_ADDRESS}/64 dev host0 nodad"
    assert machines.execute(BOTH, ["bash", "-c", command]).returncode == 0
    return {name: listing(name) for name in KINDS}


@pytest.fixture(scope="package")
def project(before: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshProject]:
    """The stack, up, and two Services in front of httpbin: `httpbin` of IPv4 alone, and `both`."""
    made = make(tmp_path_factory.mktemp("dual_stack"), {**os.environ, **prepare()})
    made.configure(_three_kinds)
    services.apply()
    begun = time.monotonic()
    made.expect("up", "--yes", "--skip-preview")
    print(f"pulumi up of three kinds of machines: {time.monotonic() - begun:.1f} s")
    services.restart_uninjected()
    spec = client.V1ServiceSpec(
        selector={"app": "httpbin"},
        ports=[client.V1ServicePort(name="http", port=8000, target_port=8080)],
        ip_family_policy="PreferDualStack",
    )
    both = client.V1Service(metadata=client.V1ObjectMeta(name="both"), spec=spec)
    client.CoreV1Api(cluster.api()).create_namespaced_service("bar", both)
    yield made
    made.unlock()
    made.pulumi("destroy", "--yes", "--skip-preview")
