"""Four machines of one workload that go in two waves, and what has to be true of each of them at any time."""

from __future__ import annotations

import re
import subprocess
import time
from typing import Any

from sandbox.builds import artifact
from tests.e2e.rollout.rollout_stack import GOOD, UP, has, of, version
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.steady.test_steady_traffic import await_serving

__all__ = ["NAMES", "SPARE", "UP"]

SPARE = ("vm-4", "vm-5")
"""Those that the sandbox does not raise by itself."""
NAMES = ("vm-1", "vm-3", *SPARE)
PAUSE_SECONDS = 10
WAY_BACK_SECONDS = 90
BACK_SECONDS = 90.0
"""What going back, and being called again, may take beyond that."""
PACKAGES = ("istio-sidecar.deb", "istio-sidecar-next.deb")


def _entry(name: str) -> dict[str, Any]:
    key = f".sandbox/machines/{name}/ssh_host_ed25519_key.pub"
    return {"name": name, "address": f"10.77.0.1{name[-1]}", "ssh": {"hostKeyFile": key}}


def four_machines(config: dict[str, Any]) -> None:
    """Add the other machines to the dev stack's workload."""
    config["workloads"][0]["machines"] += [_entry(name) for name in NAMES[1:]]


def rollout_of_two_waves(config: dict[str, Any]) -> None:
    """Two machines first, then all; downgrades are meant here."""
    config["rollout"] = {
        "waves": [2, "100%"],
        "pauseSeconds": PAUSE_SECONDS,
        "maxUnavailable": 1,
        "wayBackSeconds": WAY_BACK_SECONDS,
        "allowDowngrade": True,
    }


def package(project: MeshProject, name: str) -> None:
    """Have the stack want one of the sandbox's packages on all machines."""
    project.configure(lambda config: config.update(sidecar={"file": str(artifact("sidecar-package") / name)}))


def first_wave(project: MeshProject) -> set[str]:
    """The machines that the plan has in the first of two waves."""
    plan = project.expect("preview").text
    found = re.search(r"wave 1 of 2 restarts the sidecars of ([^:]*?), which then have to hold", plan)
    assert found, plan
    return set(re.split(r", | and ", found[1]))


def versions() -> dict[str, str]:
    """The version of each machine's package."""
    return {name: version(name) for name in NAMES}


def carried(package: str) -> str:
    """The version of one of the sandbox's packages."""
    file = artifact("sidecar-package") / package
    words = ("dpkg-deb", "--field", str(file), "Version")
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def most_lacked(last: str) -> tuple[str, int]:
    """The package that most machines lack, and how many; of two that as many lack, not the last one."""
    have = versions().values()
    lacking = {name: sum(version != carried(name) for version in have) for name in PACKAGES}
    wanted = max(PACKAGES, key=lambda name: (lacking[name], name != last))
    return wanted, lacking[wanted]


def armed() -> list[str]:
    """The machines whose switch is armed."""
    return [name for name in NAMES if has(name, GOOD / "armed")]


def await_rest(wanted: set[str], since: float) -> float:
    """Wait until no switch is armed and every machine has one of the wanted versions and is called.

    since: when the run that was killed ended. Returns the seconds until then.
    """
    deadline = since + WAY_BACK_SECONDS + BACK_SECONDS
    while (pending := armed()) or not set(versions().values()) <= wanted:
        if time.monotonic() > deadline:
            told = {name: of(name, "journalctl", "-u", "meshx-back", "-n", "20", "--no-pager") for name in pending}
            raise AssertionError(f"armed: {pending}; versions {versions()}; {told}")
        time.sleep(1)
    await_serving(set(NAMES))
    return time.monotonic() - since
