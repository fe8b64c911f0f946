"""The stacks `staging` and `prod`: what their previews would make on GKE, as it was reviewed; with no cloud account."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from meshx_policy.catalogue import RULES
from meshx_policy.environments import environment_of
from meshx_policy.levels import Level, level
from meshx_policy.rules.rule import Resource, StackRule, defaults
from tests.program.plain_inputs import plain
from tests.program.recorded_program import INSTALLED, Registered, run

ROOT = Path(__file__).parents[2]
AUTHORITY = "-----BEGIN CERTIFICATE-----\ncluster\n-----END CERTIFICATE-----\n"
GKE: dict[str, Any] = {
    **INSTALLED,
    "meshx:index:kubernetesCluster": {"major": "1", "minor": "36", "servicesCidrs": []},
    "gcp:container/getCluster:getCluster": {
        "endpoint": "34.118.0.7",
        "masterAuths": [{"clusterCaCertificate": base64.b64encode(AUTHORITY.encode()).decode()}],
        "servicesIpv4Cidr": "10.8.0.0/20",
        "clusterIpv4Cidr": "10.4.0.0/14",
    },
}
"""What Google and the cluster say, in place of an account."""


@pytest.fixture(autouse=True)
def way() -> str:
    """In place of both ways of other tests: snapshots are named by their tests."""
    return "file"


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_a_stack_would_make_is_what_was_reviewed(stack: str, snapshot: SnapshotAssertion) -> None:
    assert _shown(_registered(stack)) == snapshot


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_program_with_these_arguments_would_make_the_same(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_file = _shown(_registered(stack))
    monkeypatch.setattr("tests.program.recorded_program.WAY", ["arguments"])
    assert _shown(_registered(stack)) == in_file


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_stack_passes_all_policies_of_its_environment(stack: str) -> None:
    judged = [Resource(one.type, one.name, one.name, one.inputs, one.protect) for one in _registered(stack)]
    said: list[tuple[str, str, str]] = []
    for rule in RULES:
        if level(rule.name, environment_of(stack)) is Level.DISABLED:
            continue
        if isinstance(rule, StackRule):
            found = rule.violations(judged, defaults(rule))
            said += [(rule.name, one.urn or "", one.message) for one in found]
        else:
            said += [
                (rule.name, one.name, message) for one in judged for message in rule.violations(one, defaults(rule))
            ]
    assert not said


def _registered(stack: str) -> list[Registered]:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return run({key.removeprefix("meshx:"): value for key, value in config.items()}, ROOT, GKE, stack)


def _shown(registered: list[Registered]) -> str:
    """Every resource in the order of type and name, with its inputs."""
    resources = [
        {"type": one.type, "name": one.name, "inputs": plain(one.inputs)}
        for one in registered
        if not one.type.startswith("meshx:index:Mesh")
    ]
    resources.sort(key=lambda one: (one["type"], one["name"]))
    return yaml.safe_dump(resources, sort_keys=True, width=120)
