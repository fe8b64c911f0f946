"""A stack that an earlier meshx made is taken over by this one: no sidecar restarts, and no call fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.paths import REPO
from sandbox.pulumi.home import prepare
from tests.e2e.own_upgrade.earlier_meshx import SETTINGS_WITH_THE_PROXY, WITH_WAVES, take, use
from tests.e2e.rollout.rollout_stack import NAMES, UP, nothing_to_do, serving, starts
from tests.e2e.stack.conftest import one_machine
from tests.e2e.stack.mesh_project import MeshProject, make
from tests.e2e.stack.two_machines import calls_both_ways, two_machines
from tests.e2e.steady.test_steady_traffic import quick_probe

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture(params=[WITH_WAVES, SETTINGS_WITH_THE_PROXY], ids=["with waves", "settings with the proxy"])
def earlier(request: pytest.FixtureRequest, sandbox: object, tmp_path: Path) -> Iterator[tuple[str, MeshProject]]:
    """A commit, and a stack of two machines that its meshx has made; this one destroys it."""
    meshx = take(request.param, tmp_path / "earlier")
    project = make(tmp_path, {**os.environ, **prepare()})
    for change in (one_machine, two_machines, quick_probe):
        project.configure(change)
    use(project, meshx)
    with serving(project, NAMES) as up:
        use(up, REPO)
        yield request.param, up


def test_no_sidecar_restarts_and_no_call_fails(earlier: tuple[str, MeshProject]) -> None:
    commit, project = earlier
    before = starts()
    plan = project.expect("preview", "--refresh=false", *(["--expect-no-changes"] if commit == WITH_WAVES else []))
    assert not {"delete", "replace"} & set(plan.changes()), plan.text
    assert "restarts the sidecar" not in plan.text, plan.text
    if commit != WITH_WAVES:
        assert all(f"{name}: the update places files" in plan.text for name in NAMES), plan.text
    with calls_both_ways("this meshx takes the stack over") as calls:
        project.expect(*UP)
        project.expect(*UP, "--refresh")
    assert starts() == before
    assert calls.none_failed()
    nothing_to_do(project)
