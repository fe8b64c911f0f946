"""What the tests of this folder ask and change: the stack's rollout and packages, and what its machines have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import machines
from sandbox.builds import artifact
from tests.e2e.stack.mesh_project import MeshProject

UP = ("up", "--yes", "--skip-preview")
NAMES = ("vm-1", "vm-3")
GOOD = Path("/var/lib/meshx/good")
Change = Callable[[dict[str, Any]], object]


def of(machine: str, *command: str) -> str:
    """What a command prints on a machine."""
    return machines.execute(machine, list(command)).stdout.strip()


def version(machine: str) -> str:
    """The version of its sidecar's package."""
    return of(machine, "dpkg-query", "-W", "-f", "${Version}", "istio-sidecar")


def has(machine: str, path: Path | str) -> bool:
    """Whether there is such a file on a machine."""
    return of(machine, "sh", "-c", f"test -e {path} && echo yes || true") == "yes"


def starts() -> list[str]:
    """What tells one start of each machine's sidecar from another."""
    return [of(name, "systemctl", "show", "-p", "InvocationID", "istio") for name in NAMES]


def rollout(**keys: object) -> Change:
    """Set keys of `rollout`."""
    return lambda config: config.update(rollout={**config.get("rollout", {}), **keys})


def package_of_all(name: str | Path) -> Change:
    """Set the package of all machines, by its file or its name among the sandbox's own."""
    file = artifact("sidecar-package") / name
    return lambda config: config.update(sidecar={"file": str(file)})


def package_of_vm3(file: Path | None) -> Change:
    """Set the package of vm-3 alone; None: that of all."""

    def change(config: dict[str, Any]) -> None:
        second = config["workloads"][0]["machines"][1]
        second.pop("sidecar", None)
        if file is not None:
            second["sidecar"] = {"file": str(file)}

    return change


def nothing_to_do(project: MeshProject) -> None:
    """Assert that a refresh finds everything as it should be."""
    project.expect("preview", "--refresh", "--expect-no-changes")
