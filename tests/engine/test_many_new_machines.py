"""A stack of many new machines, which stand in a file, under the real engine and a cluster that answers."""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.paths import STATE
from tests import pulumi_cli
from tests.engine.answering_cluster import serving_nothing
from tests.engine.stack import REPOSITORY

MACHINES = 60
"""More objects at once than the program has threads, each of which a hook looks for first."""
SECONDS = 180


@dataclass(frozen=True)
class Project:
    """A stack of meshx's own program in a folder."""

    folder: Path
    environment: dict[str, str]

    def pulumi(self, *words: str) -> pulumi_cli.Ran:
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=SECONDS)

    def configure(self, workload: dict[str, Any]) -> None:
        """Let the stack have this one workload, beside what is there."""
        file = self.folder / "Pulumi.dev.yaml"
        content = yaml.safe_load(file.read_text())
        content["config"]["meshx:workloads"] = [{"name": "shop", "namespace": "vm", **workload}]
        file.write_text(yaml.safe_dump(content))


@pytest.fixture
def project(pulumi_environment: dict[str, str], tmp_path: Path) -> Iterator[Project]:
    """A new stack with nothing in it."""
    folder = tmp_path / "project"
    for made in (folder, tmp_path / "backend"):
        made.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, folder)
    for name in ("meshx", ".venv"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / "charts").symlink_to(STATE / "charts")
    (folder / "istio-sidecar.deb").write_bytes(b"a package")
    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", str(folder / "id")], check=True)
    made = Project(folder, {**pulumi_environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}/backend"})
    assert made.pulumi("stack", "init", "dev").code == 0
    with serving_nothing(folder):
        config = {
            "meshx:cluster": {"context": "answering", "kubeconfigFile": "kubeconfig"},
            "meshx:mesh": {"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}},
            "meshx:sidecar": {"file": "istio-sidecar.deb"},
            "meshx:ssh": {"privateKeyFile": "id"},
        }
        file = folder / "Pulumi.dev.yaml"
        present = yaml.safe_load(file.read_text()) if file.exists() else {}
        file.write_text(yaml.safe_dump({**present, "config": config}))
        yield made


@pytest.fixture
def inventory(project: Project) -> Callable[[int], None]:
    """Writes so many machines into inventory/shop.csv; nobody answers where they are logged in to."""
    file = project.folder / "inventory" / "shop.csv"
    file.parent.mkdir()

    def write(count: int) -> None:
        rows = [
            [f"m-{one:04}", f"10.99.{one // 250}.{one % 250 + 1}", "127.0.0.1", 1, "id.pub"] for one in range(count)
        ]
        with file.open("w", newline="") as opened:
            csv.writer(opened).writerows([["name", "address", "ssh.host", "ssh.port", "ssh.hostKeyFile"], *rows])

    return write


def test_a_preview_of_many_new_machines_ends(project: Project, inventory: Callable[[int], None]) -> None:
    inventory(MACHINES)
    project.configure({"ports": [{"name": "http", "port": 80}], "machinesFrom": ["inventory/*.csv"]})
    ran = project.pulumi("preview")
    assert ran.code == 0, ran.text
    assert all(f"m-{one:04}.shop.vm.svc.cluster.local:80" in ran.text for one in range(MACHINES)), ran.text


def test_a_mistake_in_a_file_is_told_with_its_line(project: Project, inventory: Callable[[int], None]) -> None:
    inventory(3)
    file = project.folder / "inventory" / "shop.csv"
    file.write_text(file.read_text().replace("10.99.0.3", "10.99.0.2"))
    project.configure({"machinesFrom": ["inventory/*.csv"]})
    ran = project.pulumi("preview")
    assert ran.code != 0
    assert "inventory/shop.csv:4 address" in ran.text
    assert "the address 10.99.0.2 is taken by inventory/shop.csv:3 address" in ran.text
