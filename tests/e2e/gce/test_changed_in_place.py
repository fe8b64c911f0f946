"""A running instance whose startup script changes: it follows by itself, and is the same instance as before."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from sandbox import traffic
from sandbox.gce import cloud, instances
from tests.e2e.gce.one_instance import NAME, PATH, VMHTTP, bring_up, calls_succeed, on_instance, soon
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.steady_calls import steady

pytestmark = pytest.mark.usefixtures("sandbox")

FOLLOWS_SECONDS = 120
PER_SECOND = 20
LONGEST_GAP_SECONDS = 15
"""For how long calls may fail while its sidecar is restarted."""


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The instance, in the mesh."""
    bring_up(project, mirror)
    return project


def change(config: dict[str, Any]) -> None:
    """Another port, another value of a label, and no calls past the proxy any more."""
    (workload,) = config["workloads"]
    workload["whenDown"] = "closed"
    workload["ports"].append({"name": "http-admin", "port": 9000})
    workload["labels"]["version"] = "v2"


def revision(script: str) -> str:
    (found,) = re.findall(r"^# Revision: ([0-9a-f]+)$", script, re.MULTILINE)
    return str(found)


def joined() -> int:
    """How often it has told that it joined."""
    return instances.serial_port_output(NAME).count("meshx: this instance is in the mesh")


def test_a_running_instance_follows_its_changed_startup_script_and_stays_the_same(stack: MeshProject) -> None:
    before, boot = cloud.get(PATH), on_instance("cat", "/proc/sys/kernel/random/boot_id")
    joins = joined()
    stack.configure(change)
    shown = stack.expect("preview", "--diff").text
    assert "gcp:compute/instance:Instance: (update)" in shown
    assert "(replace)" not in shown
    with steady(lambda: traffic.from_pod("sleep", VMHTTP, PER_SECOND, f"{1000 // PER_SECOND}ms")) as calls:
        stack.expect("up", "--yes", "--skip-preview")
        after = cloud.get(PATH)
        new = revision(after["metadata"]["startup-script"])
        assert new != revision(before["metadata"]["startup-script"])
        follows = f"the startup script has changed to revision {new}"
        late = soon("the instance follows", lambda: follows in instances.serial_port_output(NAME), FOLLOWS_SECONDS)
        soon("it has joined anew", lambda: joined() == joins + 1)
        calls_succeed()
        time.sleep(5)
    gap = sum(not answer.succeeded for answer in calls.answers) / PER_SECOND
    print(f"followed {late:.0f} s after `up`: {calls.summary()}, some {gap:.1f} s of calls")
    assert calls.answers[-1].succeeded
    assert gap < LONGEST_GAP_SECONDS
    assert after["instanceId"] == before["instanceId"]
    assert on_instance("cat", "/proc/sys/kernel/random/boot_id") == boot
    environment = on_instance("cat", "/var/lib/meshx/sidecar/cluster.env")
    assert "ISTIO_INBOUND_PORTS='8080,9000'" in environment
    assert '"version":"v2"' in environment
    assert "calls past the proxy are refused" in instances.serial_port_output(NAME)
    assert "tcp dport { 8080, 9000 } reject" in on_instance("nft", "list", "table", "inet", "meshx_closed")
    assert on_instance("systemctl", "is-enabled", "meshx-closed") == "enabled\n"
    assert stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0
