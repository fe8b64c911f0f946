"""meshx's own program in a folder, its stack on a cluster that answers, its machines in files where nobody answers."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.builds import artifact
from tests import pulumi_cli
from tests.engine.answering_cluster import serving_nothing
from tests.engine.stack import REPOSITORY

HEADER = ("name", "address", "network", "labels.rack", "ssh.host", "ssh.port", "ssh.hostKeyFile")


@dataclass(frozen=True)
class AnsweringProject:
    """A new stack `dev` in `folder`, with nothing in its state."""

    folder: Path
    environment: dict[str, str]

    def pulumi(self, *words: str, seconds: int = 180) -> pulumi_cli.Ran:
        """Run `pulumi` to its end."""
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=seconds)

    def configure(self, **sections: Any) -> None:
        """Let the stack's file say this of meshx, beside what it says already."""
        file = self.folder / "Pulumi.dev.yaml"
        content: dict[str, Any] = yaml.safe_load(file.read_text()) if file.exists() else {}
        config = {**content.get("config", {}), **{f"meshx:{key}": value for key, value in sections.items()}}
        file.write_text(yaml.safe_dump({**content, "config": config}))

    def write(self, file: str, machines: range) -> None:
        """Write machines into a file of CSV, every fifth on another network; they are reached at a closed port here."""
        rows = [
            [f"m-{one:04}", f"10.99.{one // 250}.{one % 250 + 1}", network, f"r{one % 40}", "127.0.0.1", 1, "id.pub"]
            for one in machines
            for network in ["" if one % 5 else "network2"]
        ]
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="") as opened:
            csv.writer(opened).writerows([HEADER, *rows])


@contextmanager
def answering_project(folder: Path, environment: dict[str, str]) -> Iterator[AnsweringProject]:
    """Make it in `folder`, for as long as its cluster answers. environment: that of a prepared Pulumi."""
    made = AnsweringProject(folder / "project", {**environment, "PULUMI_BACKEND_URL": f"file://{folder}/backend"})
    for path in (made.folder, folder / "backend"):
        path.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt"):
        shutil.copy(REPOSITORY / name, made.folder)
    for name in ("meshx", ".venv"):
        (made.folder / name).symlink_to(REPOSITORY / name)
    (made.folder / "charts").symlink_to(artifact("charts"))
    (made.folder / "istio-sidecar.deb").write_bytes(b"a package")
    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", str(made.folder / "id")], check=True)
    ran = made.pulumi("stack", "init", "dev")
    if ran.code != 0:
        raise RuntimeError(ran.text)
    with serving_nothing(made.folder):
        made.configure(
            cluster={"context": "answering", "kubeconfigFile": "kubeconfig"},
            mesh={"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}},
            sidecar={"file": "istio-sidecar.deb"},
            ssh={"privateKeyFile": "id"},
        )
        yield made
