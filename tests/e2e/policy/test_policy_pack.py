"""The policy pack under the real engine: in a preview, and on an exported state."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stack.mesh_project import MeshProject
from tests.pulumi_cli import Ran

PACK = ("--policy-pack", "policy")
PASSED, FAILED = "✅ meshx@v", "❌ meshx@v"
NO_KEY = "-----BEGIN PRIVATE KEY-----\nthis is none\n-----END PRIVATE KEY-----"


def test_the_dev_stack_passes(project: MeshProject) -> None:
    ran = project.expect("preview", *PACK)
    assert PASSED in ran.text and FAILED not in ran.text


def _chart_value(config: dict[str, Any]) -> None:
    config["mesh"]["values"]["istiod"]["env"]["SIGNING_KEY"] = NO_KEY


def _real_address(config: dict[str, Any]) -> None:
    config["exposed"][0]["address"] = "10.77.0.99"


@pytest.mark.parametrize(
    ("plant", "rule", "message"),
    [
        (_chart_value, "no-secrets-in-plain-text", "values.env.SIGNING_KEY: a private key is here in plain text"),
        (_real_address, "exposed-addresses", "spec.addresses has 10.77.0.99, which may be a real host's"),
    ],
)
def test_a_planted_violation_fails_the_preview_with_what_to_change(
    project: MeshProject, plant: Callable[[dict[str, Any]], None], rule: str, message: str
) -> None:
    ran = _with(project, plant, "preview", *PACK)
    assert ran.code != 0 and FAILED in ran.text
    assert f"[mandatory]  {rule}" in ran.text and message in ran.text
    assert "this is none" not in ran.text.partition("Policies:")[2]


def test_what_dev_is_only_told_does_not_fail_the_preview(project: MeshProject) -> None:
    ran = _with(project, lambda config: config.update(tokens={"lifetimeSeconds": 86400}), "preview", *PACK)
    assert ran.code == 0 and "[advisory]  short-lifetimes" in ran.text
    assert "tokens are valid for 86400 seconds" in ran.text


def test_a_preview_shows_the_policies_which_cluster_a_stack_is_of(project: MeshProject, tmp_path: Path) -> None:
    levels = tmp_path / "levels.json"
    levels.write_text(json.dumps({"cluster-known-by-uid": "mandatory"}))
    ran = project.pulumi("preview", *PACK, "--policy-pack-config", str(levels))
    assert ran.code != 0 and "[mandatory]  cluster-known-by-uid" in ran.text
    assert "Write clusterUid in meshx:environment" in ran.text


def _with(project: MeshProject, change: Callable[[dict[str, Any]], None], *words: str) -> Ran:
    """Run `pulumi` with a changed configuration, which is put back."""
    file = project.folder / "Pulumi.dev.yaml"
    kept = file.read_text()
    project.configure(change)
    try:
        return project.pulumi(*words)
    finally:
        file.write_text(kept)
