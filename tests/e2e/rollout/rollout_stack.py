"""What the tests of this folder ask and change: the stack's rollout and packages, and what its machines have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import machines
from sandbox.builds import artifact
from sandbox.traffic import services
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.steady.test_steady_traffic import await_serving

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


@contextmanager
def serving(project: MeshProject, names: Iterable[str]) -> Iterator[MeshProject]:
    """Bring the stack up until its machines are called; in the end it is destroyed and leaves nothing on them."""
    with destroyed_in_the_end(project, names):
        services.apply()
        project.expect(*UP)
        services.restart_uninjected()
        await_serving(set(names))
        yield project


@contextmanager
def destroyed_in_the_end(project: MeshProject, names: Iterable[str]) -> Iterator[None]:
    """Destroy the stack when the block ends, however it does; nothing stays on its machines."""
    try:
        yield
    finally:
        project.unlock()
        destroyed = project.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
    for name in names:
        left = of(name, "sh", "-c", "ls -d /var/lib/meshx /etc/systemd/system/*meshx* 2>/dev/null || true")
        assert left == "", f"{name} keeps {left}"


def nothing_to_do(project: MeshProject) -> None:
    """Assert that a refresh finds everything as it should be."""
    project.expect("preview", "--refresh", "--expect-no-changes")
