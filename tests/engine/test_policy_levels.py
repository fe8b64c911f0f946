"""By which environment's levels the policy pack judges, under the real engine and its language host."""

import json
from pathlib import Path
from typing import Any

from tests.engine.stack import REPOSITORY, Stack
from tests.pulumi_cli import Ran

UNLABELLED = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "labels": {"meshx/owner": "us"}}}
"""What rule `required-labels` refuses in production and does not look at in dev."""

ENGINES_OWN = ("PATH", "HOME", "PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE")


def _state(stack: str, folder: Path) -> Path:
    token = "kubernetes:core/v1:ConfigMap"
    urn = f"urn:pulumi:{stack}::meshx::{token}::a"
    one: dict[str, Any] = {"urn": urn, "custom": True, "id": "bar/a", "type": token, "inputs": UNLABELLED}
    deployment = {
        "manifest": {"time": "2026-01-01T00:00:00Z", "magic": "", "version": "v3.250.0"},
        "resources": [{**one, "outputs": UNLABELLED}],
    }
    file = folder / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": deployment}))
    return file


def _judged(stack: Stack, state: Path, **shell: str) -> Ran:
    """The state judged by an engine that knows its own variables, and those of `shell`, and hands on no others."""
    own = {name: value for name, value in stack.environment.items() if name in ENGINES_OWN}
    shown = Stack(stack.project, stack.things, {**own, **shell})
    return shown.pulumi("policy", "analyze", "--policy-pack", str(REPOSITORY / "policy"), "--file", str(state))


def test_an_exported_state_is_judged_as_the_stack_that_its_resources_name(stack: Stack, tmp_path: Path) -> None:
    for misled in ({}, {"PULUMI_STACK": "prod"}):
        as_dev = _judged(stack, _state("dev", tmp_path), **misled)
        assert as_dev.code == 0 and "required-labels" not in as_dev.text, as_dev.text
    as_production = _judged(stack, _state("prod-eu", tmp_path), PULUMI_STACK="dev")
    assert as_production.code != 0 and "[mandatory]  required-labels" in as_production.text, as_production.text
