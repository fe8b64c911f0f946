"""Groups of the stand-in cloud, by Pulumi's engine: their size kept, what dies repaired, a template brought round."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import machines
from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT
from sandbox.paths import REPO
from sandbox.pulumi import home
from sandbox.supervision import processes

pytestmark = pytest.mark.usefixtures("sandbox")

PROGRAM = """
import pulumi
import pulumi_gcp as gcp

config = pulumi.Config()
cloud = gcp.Provider("cloud", project="meshx-sandbox", region="europe-west1")
in_cloud = pulumi.ResourceOptions(provider=cloud)
gcp.compute.Firewall(
    "health",
    name="health",
    network="default",
    allows=[{"protocol": "tcp", "ports": ["8080"]}],
    source_ranges=["35.191.0.0/16", "130.211.0.0/22"],
    target_tags=["web"],
    opts=in_cloud,
)
check = gcp.compute.RegionHealthCheck(
    "web",
    check_interval_sec=1,
    timeout_sec=1,
    http_health_check={"port": 8080, "request_path": "/"},
    opts=in_cloud,
)
template = gcp.compute.RegionInstanceTemplate(
    "web",
    machine_type="e2-small",
    disks=[{"source_image": "debian-cloud/debian-12", "boot": True}],
    network_interfaces=[{"subnetwork": "default"}],
    metadata={
        "startup-script": "#!/bin/bash\\nsystemctl start echo-http\\n",
        "color": config.require("color"),
    },
    tags=["web"],
    opts=in_cloud,
)
group = gcp.compute.RegionInstanceGroupManager(
    "web",
    base_instance_name="web",
    versions=[{"instance_template": template.self_link}],
    target_size=config.require_int("size"),
    auto_healing_policies={"health_check": check.self_link, "initial_delay_sec": 60},
    update_policy={
        "type": "PROACTIVE",
        "minimal_action": "REPLACE",
        "max_surge_fixed": 3,
        "max_unavailable_fixed": 0,
    },
    wait_for_instances=True,
    opts=in_cloud,
)
pulumi.export("group", group.id)
"""
REPAIR_SECONDS = 60


@pytest.fixture(scope="module")
def pulumi(sandbox: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs Pulumi, with the sandbox's own parts, on the program and returns the outputs; destroys all in the end."""
    folder: Path = tmp_path_factory.mktemp("groups")
    runtime = {"name": "python", "options": {"virtualenv": str(REPO / ".venv")}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": "groups", "runtime": runtime}))
    (folder / "__main__.py").write_text(PROGRAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MESHX_PULUMI", "sandbox")
        prepared = home.prepare()
    environment = {**os.environ, **prepared, "PULUMI_BACKEND_URL": f"file://{folder}"}

    def run(*words: str) -> dict[str, Any]:
        command = ["pulumi", "--non-interactive", "--stack", "groups", *words]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        shown = ["pulumi", "stack", "output", "--json", "--stack", "groups"]
        return json.loads(subprocess.run(shown, cwd=folder, env=environment, capture_output=True, check=True).stdout)

    subprocess.run(["pulumi", "stack", "init", "groups"], cwd=folder, env=environment, check=True)
    yield run
    run("destroy", "--yes", "--skip-preview")
    assert cloud.everything("instances") == {}


def set_and_up(pulumi: Callable[..., dict[str, Any]], size: int, color: str) -> str:
    pulumi("config", "set", "size", str(size))
    pulumi("config", "set", "color", color)
    return pulumi("up", "--yes", "--skip-preview")["group"]


def members() -> dict[str, dict[str, Any]]:
    return {found["name"]: found for found in cloud.everything("instances").values()}


def settle(group: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + REPAIR_SECONDS
    while not (holds() and cloud.get(group)["statuses"][0]["isStable"]):
        assert time.monotonic() < deadline, processes.log_file("gce").read_text()[-3000:]
        time.sleep(0.5)


def test_a_group_keeps_its_size_repairs_its_instances_and_brings_a_template_round(
    pulumi: Callable[..., dict[str, Any]],
) -> None:
    group = set_and_up(pulumi, 2, "blue")
    first = members()
    assert len(first) == 2 and all(name.startswith("web-") for name in first)
    assert {found["metadata"]["color"] for found in first.values()} == {"blue"}
    assert len({found["zone"] for found in first.values()}) == 2
    dead, unwell = first
    ids = {name: found["instanceId"] for name, found in first.items()}

    machines.switch_off(dead)
    settle(group, lambda: members()[dead]["instanceId"] != ids[dead])
    assert instances.read(instances.instance_name(PROJECT, members()[dead]["zone"], dead)) is not None

    machines.execute(unwell, ["systemctl", "stop", "echo-http"])
    settle(group, lambda: members().get(unwell, {}).get("instanceId") not in (None, ids[unwell]))
    assert set(members()) == set(first)

    assert set_and_up(pulumi, 3, "blue") == group
    assert len(members()) == 3 and set(first) < set(members())

    before = set(members())
    assert set_and_up(pulumi, 3, "green") == group
    assert len(members()) == 3 and not before & set(members())
    assert {found["metadata"]["color"] for found in members().values()} == {"green"}

    set_and_up(pulumi, 1, "green")
    assert len(members()) == 1
