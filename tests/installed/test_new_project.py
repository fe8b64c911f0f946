"""A project of `meshx init` in an environment that has the wheel, previewed by the real engine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.provider.plugin_folder import NAME
from meshx.version import VERSION
from sandbox.builds import artifact
from tests.engine.answering_cluster import serving_nothing
from tests.installed.project import Project
from tests.installed.wheel import Installed

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBLkYW7A6XyGxYhTLPdSkxFzDGOwDBm6X/5tQe6kb7Zm"
ANSWERS = ("--context", "answering", "--address", "10.132.0.7", "--private-key-file", "id", "--package", "sidecar.deb")


@pytest.fixture
def project(installed: Installed, pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[Project]:
    """A new project, made by the installed command; its cluster answers and has nothing."""
    made = Project(tmp_path / "project", {**pulumi_environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend"})
    for folder in (made.folder, tmp_path / "backend"):
        folder.mkdir()
    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", str(made.folder / "id")], check=True)
    (made.folder / "sidecar.deb").write_bytes(b"a package")
    ran = installed.run("meshx", "init", "--yes", *ANSWERS, "--host-key", HOST_KEY, cwd=made.folder)
    assert ran.returncode == 0, ran.stderr
    (made.folder / ".venv").symlink_to(installed.folder)
    with serving_nothing(made.folder) as kubeconfig:
        made.environment["KUBECONFIG"] = str(kubeconfig)
        made.configure(mesh={"chart": {"path": str(artifact("charts"))}})
        made.expect("stack", "init", "dev")
        yield made


def _install_plugin(installed: Installed, project: Project) -> None:
    ran = installed.run(
        "meshx", "plugin", "install", cwd=project.folder, PULUMI_HOME=project.environment["PULUMI_HOME"]
    )
    assert ran.returncode == 0, ran.stderr


def test_a_project_of_init_is_previewed_with_no_path_to_the_plugin_in_it(
    installed: Installed, project: Project
) -> None:
    _install_plugin(installed, project)
    assert "plugins" not in yaml.safe_load((project.folder / "Pulumi.yaml").read_text())
    said = project.expect("preview", "--policy-pack", "policy")
    assert "meshx:index:Join" in said and "Reachability: " in said and f"meshx@v{VERSION} (local: policy)" in said, said
    assert "Traceback" not in said and "warning: using pulumi-resource-meshx" not in said


def test_without_the_plugin_the_engine_names_it_and_its_version(installed: Installed, project: Project) -> None:
    home = Path(project.environment["PULUMI_HOME"])
    away = home / "away"
    if (home / "plugins" / NAME).exists():
        (home / "plugins" / NAME).rename(away)
    try:
        ran = project.pulumi("preview")
    finally:
        if away.exists():
            away.rename(home / "plugins" / NAME)
    missing = f"no resource plugin 'pulumi-resource-meshx' found in the workspace at version v{VERSION}"
    assert ran.code != 0 and missing in ran.text, ran.text


def test_instances_without_googles_sdk_are_told_as_what_to_install(installed: Installed, project: Project) -> None:
    _install_plugin(installed, project)
    project.change(_on_instances)
    ran = project.pulumi("preview")
    assert (
        ran.code != 0 and "write pulumi-meshx[gce] in requirements.txt" in ran.text and "Traceback" not in ran.text
    ), ran.text


def _on_instances(config: dict[str, Any]) -> None:
    del config["meshx:ssh"]
    config["meshx:gce"] = {"project": "my-project", "zone": "europe-west1-b"}
    config["meshx:sidecar"] = {"url": "https://example.com/istio-sidecar.deb", "sha256": "0" * 64}
    config["meshx:networks"] = [{"name": "network1", "apiServer": "endpoint"}]
    (machine,) = config["meshx:workloads"][0]["machines"]
    del machine["ssh"]
    machine["gce"] = {}
