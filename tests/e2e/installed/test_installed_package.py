"""From `pip install` to a joined machine and back, in a project outside the checkout, which the package can't read.

The engine finds the plugin by the package alone. Each test builds on the one before it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from sandbox import traffic
from sandbox.paths import REPO, STATE
from sandbox.pulumi.home import prepare
from sandbox.traffic import services
from tests.e2e.stack.settling import settled
from tests.installed.project import Project
from tests.installed.wheel import Installed, build, install

pytestmark = pytest.mark.usefixtures("sandbox")

VMHTTP = "http://vmhttp.vm.svc.cluster.local:8080/"
HEALTHY_SECONDS = 60
"""The cluster's side learns of a new machine bit by bit."""
KEY = STATE / "machines" / "vm-1" / "ssh_host_ed25519_key.pub"
ANSWERS = {
    "context": "meshx-sandbox",
    "istio-version": "1.31",
    "workload": "vmhttp",
    "address": "10.77.0.11",
    "private-key-file": str(STATE / "ssh" / "id_ed25519"),
    "package": str(STATE / "istio-sidecar.deb"),
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with the wheel of the checkout as it is."""
    return install(tmp_path_factory.mktemp("installed") / ".venv", build(tmp_path_factory.mktemp("wheel")), "policy")


@pytest.fixture(scope="module")
def project(sandbox: object, installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project that `meshx init` writes, with what the sandbox's own stack says of its charts."""
    folder = tmp_path_factory.mktemp("project")
    # A home of its own, so that the plugin's folder is not left in the sandbox's.
    prepared = prepare(tmp_path_factory.mktemp("pulumi"))
    own = {
        "KUBECONFIG": str(STATE / "kubeconfig"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path_factory.mktemp('backend')}",
    }
    made = Project(folder, {**os.environ, **prepared, **own})
    flags = [word for flag, text in ANSWERS.items() for word in (f"--{flag}", text)]
    ran = installed.run("meshx", "init", "--yes", *flags, "--host-key", KEY.read_text().strip(), cwd=folder)
    assert ran.returncode == 0, ran.stderr
    (folder / ".venv").symlink_to(installed.folder)
    made.change(_as_the_sandbox_has_it)
    ran = installed.run("meshx", "plugin", "install", cwd=folder, PULUMI_HOME=prepared["PULUMI_HOME"])
    assert ran.returncode == 0, ran.stderr
    made.expect("stack", "init", "dev")
    yield made
    made.pulumi("destroy", "--yes", "--skip-preview")


def _as_the_sandbox_has_it(config: dict[str, Any]) -> None:
    dev = yaml.safe_load((REPO / "Pulumi.dev.yaml").read_text())["config"]
    config["meshx:mesh"]["values"] = dev["meshx:mesh"]["values"]
    config["meshx:mesh"]["chart"] = {"path": str(STATE / "charts")}
    config["meshx:ssh"]["agentSocket"] = str(STATE / "ssh" / "agent.sock")
    config["meshx:workloads"][0]["commands"] = dev["meshx:workloads"][0]["commands"]


def test_a_preview_judges_the_plan_by_the_packages_policies(project: Project) -> None:
    said = project.expect("preview", "--policy-pack", "policy")
    assert "meshx:index:Join" in said and "✅ meshx@v" in said, said


def test_an_update_joins_the_machine_and_a_pod_reaches_it(project: Project) -> None:
    project.expect("up", "--yes", "--skip-preview")
    services.apply()
    services.restart_uninjected()
    answer = settled(lambda: traffic.from_pod("sleep", VMHTTP)[0])
    assert (answer.status, answer.server, answer.host) == (200, "envoy", "vm-1")
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def test_the_doctor_of_the_package_finds_no_fault(project: Project, installed: Installed) -> None:
    environment = {name: text for name, text in project.environment.items() if name not in ("HOME", "PYTHONPATH")}
    deadline = time.monotonic() + HEALTHY_SECONDS
    while True:
        ran = installed.run("meshx", "doctor", "--stack", "dev", cwd=project.folder, **environment)
        if ran.returncode == 0 or time.monotonic() > deadline:
            break
    assert ran.returncode == 0 and "No fault found." in ran.stdout, ran.stdout + ran.stderr


def test_a_destroy_needs_nothing_but_the_package_as_well(project: Project) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    assert not [line for line in project.expect("stack", "--show-urns").splitlines() if "meshx:index" in line]
