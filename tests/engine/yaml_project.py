"""A program in YAML with the plugin's package, on a cluster that answers."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.builds import artifact
from tests import pulumi_cli
from tests.engine.answering_cluster import serving_nothing
from tests.other_languages import with_hosts, write, yaml_program

SECONDS = 120


@dataclass(frozen=True)
class YamlProject:
    """The example in `folder`, on a cluster that answers; its machine is in a file where nobody answers."""

    folder: Path
    environment: dict[str, str]
    content: dict[str, Any]

    def pulumi(self, *words: str) -> pulumi_cli.Ran:
        return pulumi_cli.run(self.folder, self.environment, *words, seconds=SECONDS)

    def steps(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        """What a preview of a program would do, in its order."""
        write(self.folder, content)
        ran = self.pulumi("preview", "--json")
        assert ran.code == 0, ran.text
        return list(json.loads(ran.text[ran.text.index("{") : ran.text.rindex("}") + 1])["steps"])

    def previewed(self, content: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """What a preview of a program would make, by name, the innermost of one name."""
        return {step["urn"].split("::")[-1]: step["newState"] for step in self.steps(content) if "newState" in step}

    def changed(self) -> dict[str, Any]:
        """A copy to change; the mesh's arguments are at `["resources"]["mesh"]["properties"]`."""
        return copy.deepcopy(self.content)


@contextmanager
def yaml_project(folder: Path, environment: dict[str, str]) -> Iterator[YamlProject]:
    """Make it in `folder`, for as long as its cluster answers. environment: that of a prepared Pulumi."""
    (folder / "backend").mkdir()
    environment = {**with_hosts(environment, "pulumi-yaml"), "PULUMI_BACKEND_URL": f"file://{folder}/backend"}
    (folder / "charts").symlink_to(artifact("charts"))
    (folder / "istio-sidecar.deb").write_bytes(b"a package")
    subprocess.run(["ssh-keygen", "-qN", "", "-t", "ed25519", "-f", folder / "id_ed25519"], check=True)
    shutil.copy(folder / "id_ed25519.pub", folder / "vm-1.pub")
    with serving_nothing(folder):
        content = yaml_program(
            folder,
            cluster={"context": "answering", "kubeconfigFile": "kubeconfig"},
            mesh={"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}},
        )
        made = YamlProject(folder, environment, content)
        ran = made.pulumi("stack", "init", "dev")
        assert ran.code == 0, ran.text
        yield made
