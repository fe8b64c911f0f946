"""A private key that is in an environment variable alone: previews go without it, and neither file nor state has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.machines import SSH_KEY
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

VARIABLE = "MESHX_SSH_PRIVATE_KEY"


def _without_a_key_in_the_stack(config: dict[str, Any]) -> None:
    config["ssh"] = {"privateKeyVariable": VARIABLE}
    workload = config["workloads"][0]
    workload["machines"] = workload["machines"][:1]
    workload.pop("commands", None)


def _key() -> str:
    return Path(SSH_KEY).read_text().strip()


@pytest.fixture(scope="module")
def project(new_project: MeshProject) -> Iterator[MeshProject]:
    new_project.configure(_without_a_key_in_the_stack)
    yield new_project
    new_project.environment[VARIABLE] = _key()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def test_a_preview_has_no_key_and_needs_none(project: MeshProject) -> None:
    assert VARIABLE not in project.environment
    plan = project.expect("preview").text
    assert "meshx:index:Join" in plan and VARIABLE not in plan


def test_the_machine_joins_by_the_variables_key_and_the_state_has_no_trace_of_it(project: MeshProject) -> None:
    project.environment[VARIABLE] = _key()
    project.expect("up", "--yes", "--skip-preview")
    exported = project.expect("stack", "export", "--show-secrets").text
    assert VARIABLE in exported
    assert _key().splitlines()[1] not in exported


def test_without_the_variable_a_preview_still_works_and_a_look_for_drift_says_what_it_lacks(
    project: MeshProject,
) -> None:
    del project.environment[VARIABLE]
    project.expect("preview", "--expect-no-changes", "--refresh=false")
    found = project.expect("refresh", "--preview-only", "--expect-no-changes").text
    assert f"the environment variable {VARIABLE} (meshx:ssh.privateKeyVariable) has no private key" in found
