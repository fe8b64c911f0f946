"""Parts that are restarted while a machine joins: the run that meets it succeeds, or the next one.

The tests of this file follow one stack; before each the machine leaves, so that it joins anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from kubernetes import client

from sandbox import machines, parts, traffic
from sandbox.kubernetes import cluster, pods
from sandbox.traffic import services
from tests.e2e.recovery.story import DESTROY, MACHINE, THE_WORKLOAD, UP, VMHTTP, Story
from tests.e2e.recovery.watched_run import WatchedRun

pytestmark = pytest.mark.usefixtures("sandbox")

SYSTEM = "istio-system"
HEARD_SECONDS = 180


def delete_pods(app: str) -> None:
    """Delete all pods of an application of the control plane; their Deployment makes new ones."""
    for pod in pods.list_pods(SYSTEM, f"app={app}"):
        client.CoreV1Api(cluster.api()).delete_namespaced_pod(pod.metadata.name, SYSTEM)


def restart(part: str) -> None:
    """End a part of the sandbox and start it again."""
    parts.stop(part)
    parts.start(part)


@pytest.mark.parametrize(
    ("phase", "break_off"),
    [
        ("join", lambda: machines.reboot(MACHINE)),
        ("join", lambda: delete_pods("istiod")),
        ("join", lambda: delete_pods("istio-eastwestgateway")),
        ("entry", lambda: restart("kube-apiserver")),
    ],
    ids=["the machine", "istiod", "the gateway", "the API server"],
)
def test_a_machine_joins_though_a_part_is_restarted_meanwhile(
    mesh: Story, phase: str, break_off: Callable[[], None]
) -> None:
    mesh.project.expect(*DESTROY, *THE_WORKLOAD)
    run = WatchedRun(mesh.project, UP, {"join": "Join vm-1", "entry": "WorkloadEntry vm-1"})
    assert run.wait_for(phase), run.text
    run.kept_on_for(mesh.chance.uniform(0, 3))
    break_off()
    if run.end() != 0:
        print(f"the run that met it failed: {run.errors()}")
        mesh.project.expect(*UP)
    else:
        print("the run that met it succeeded")
    look_until_it_is_called(mesh)
    mesh.check_up()


def look_until_it_is_called(mesh: Story) -> None:
    """As docs/recovery.md says: istiod may have missed the report that the program answers, which came after the join.

    A look sees that once the time is over in which the report may still come.
    """
    services.apply()
    services.restart_uninjected()
    deadline = time.monotonic() + HEARD_SECONDS
    while not traffic.from_pod("sleep", VMHTTP)[0].succeeded:
        assert time.monotonic() < deadline, f"nobody is sent to the machine {HEARD_SECONDS} s after it joined"
        print(f"a run that looks at the machine: {mesh.project.expect(*UP, '--refresh').changes()}")
