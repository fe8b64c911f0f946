"""An instance whose start fails by what its metadata says sees the mending by `pulumi up`, however often it failed."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from sandbox import machines
from sandbox.gce import cloud, instances
from sandbox.gce.catalogue import PROJECT, ZONES
from tests.e2e.gce.one_instance import NAME, PATH, bring_up, calls_succeed, on_instance, soon
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

LOOKS_SECONDS = 75
"""A minute, and what the console takes."""
WRONG_SUM = "0" * 64
NOBODY = "10.78.0.99"
OF_CLOUD = ("instanceId", "selfLink", "creationTimestamp", "cpuPlatform", "effectiveLabels", "labelFingerprint")
FINGERPRINTS = ("metadataFingerprint", "tagsFingerprint")


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The instance, in the mesh."""
    bring_up(project, mirror)
    return project


def console() -> str:
    return instances.serial_port_output(NAME)


def says(words: str, seconds: float = LOOKS_SECONDS) -> float:
    """Wait until the console says something, in a pattern."""
    return soon(f"the console says {words}", lambda: re.search(words, console()) is not None, seconds)


def revision() -> str:
    """That of the startup script in the metadata."""
    (found,) = re.findall(r"^# Revision: ([0-9a-f]+)$", cloud.get(PATH)["metadata"]["startup-script"], re.MULTILINE)
    return str(found)


def up(stack: MeshProject, *words: str, **changes: dict[str, Any]) -> str:
    """Change sections of the configuration and apply that; the new revision."""
    stack.configure(lambda config: [config[key].update(value) for key, value in changes.items()])
    stack.expect("up", "--yes", "--skip-preview", *words)
    return revision()


def first_start() -> None:
    """The instance begins anew, with the metadata that it has."""
    former = cloud.get(PATH)
    instances.delete(PATH)
    instances.create(PROJECT, ZONES[0], NAME, {k: v for k, v in former.items() if k not in (*OF_CLOUD, *FINGERPRINTS)})


def is_untouched() -> bool:
    look = "! dpkg -s istio-sidecar && [ ! -e /var/lib/meshx ] && [ ! -e /usr/local/lib/meshx ]"
    return machines.execute(NAME, ["sh", "-c", look]).returncode == 0


def test_a_first_start_with_a_wrong_sum_and_one_with_a_wrong_endpoint_are_mended_by_up(
    stack: MeshProject, mirror: Mirror
) -> None:
    # A running instance keeps what it has.
    up(stack, sidecar={"sha256": WRONG_SUM})
    says(f"has the SHA-256 {mirror.sha256}, and {WRONG_SUM} is configured")
    calls_succeed()
    first_start()
    says(rf"has the SHA-256 {mirror.sha256}, and {WRONG_SUM} is configured.*; the next try is in 4 s", 120)
    assert is_untouched()

    # The whole stack's `up` would wait for it to join.
    alone = ("--target", f"**gcp:compute/instance:Instance::**{NAME}")
    wrong = up(stack, *alone, sidecar={"sha256": mirror.sha256}, cluster={"endpoint": f"{NOBODY}:6443"})
    print(f"looked {says(f'has changed to revision {wrong}, and is run in place'):.0f} s after `up`")
    says(rf"the API server, https://{NOBODY}:6443, does not answer.*; the next try is in ", 120)
    assert is_untouched()

    right = up(stack, cluster={"endpoint": "auto"})
    print(f"looked {says(f'has changed to revision {right}, and is run in place'):.0f} s after `up`")
    begun = time.monotonic()
    calls_succeed()
    print(f"traffic {time.monotonic() - begun:.0f} s later")


def test_a_revision_that_fails_later_does_not_keep_the_instance_from_the_next_one(
    stack: MeshProject, mirror: Mirror
) -> None:
    wrong = up(stack, sidecar={"sha256": WRONG_SUM})
    says(f"has changed to revision {wrong}, and is run\n")
    says(f"and {WRONG_SUM} is configured.*; the next try is in 8 s")
    calls_succeed()
    # The script of before again would be found in the console's older lines.
    right = up(stack, sidecar={"sha256": mirror.sha256, "url": f"{mirror.url}?right"})
    says(f"has changed to revision {right}, and is run in place")
    soon("it has joined by it", lambda: on_instance("cat", "/usr/local/lib/meshx/revision").strip() == right)
    calls_succeed()
    again = up(stack, sidecar={"url": f"{mirror.url}?again"})
    says(f"has changed to revision {again}, and is run\n")
    soon("it has joined by it", lambda: on_instance("cat", "/usr/local/lib/meshx/revision").strip() == again)
    assert on_instance("systemctl", "is-active", "meshx-follow.timer") == "active\n"
