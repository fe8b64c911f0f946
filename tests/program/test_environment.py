"""What an environment's file makes of the program: protection, the one cluster, strict mutual TLS."""

from pathlib import Path
from typing import Any

import pytest

from tests.program.recorded_program import INSTALLED, run

UID = "0f5bd3b2-9c1f-4f0e-8a43-6f6f2a1f7c55"
JOIN = "meshx:index:Join"
CLUSTER = "meshx:index:kubernetesCluster"


def test_all_that_is_made_is_protected_where_it_is_asked_for(values: dict[str, Any], folder: Path) -> None:
    assert not [one.name for one in run(values, folder) if one.protect]
    values["environment"] = {"protect": True}
    registered = run(values, folder)
    made = [one for one in registered if one.type.startswith(("kubernetes:", JOIN))]
    assert len(made) > 10 and all(one.protect for one in made)


def test_waves_are_not_protected_since_another_plan_has_others(values: dict[str, Any], folder: Path) -> None:
    values["environment"] = {"protect": True}
    values["rollout"] = {"waves": ["100%"]}
    waves = [one for one in run(values, folder) if one.type == "meshx:index:Wave"]
    assert waves and not [one.name for one in waves if one.protect]


def test_commands_are_not_protected(values: dict[str, Any], folder: Path) -> None:
    values["environment"] = {"protect": True}
    values["ssh"]["keyInState"] = True
    values["workloads"][0]["commands"] = {"up": "true"}
    others = [one for one in run(values, folder) if one.type.startswith(("command:", "pulumi:"))]
    assert len(others) > 2 and not [one.name for one in others if one.protect]


def test_the_plugin_is_told_the_cluster_and_asked_before_anything_goes_on(values: dict[str, Any], folder: Path) -> None:
    values["environment"] = {"clusterUid": UID}
    registered = run(values, folder, {**INSTALLED, CLUSTER: {"major": "1", "minor": "36", "servicesCidrs": []}})
    (plugin,) = [one for one in registered if one.type == "pulumi:providers:meshx"]
    assert plugin.inputs["clusterUid"] == UID
    with pytest.raises(AssertionError, match=f"the program called {CLUSTER}"):
        run(values, folder)  # where nobody answers, nothing goes on


def test_strict_mutual_tls_is_the_rule_of_the_whole_mesh_where_it_is_asked_for(
    values: dict[str, Any], folder: Path
) -> None:
    kind = "kubernetes:security.istio.io/v1:PeerAuthentication"
    assert not [one for one in run(values, folder) if one.type == kind]
    values["mesh"]["mutualTls"] = "strict"
    (made,) = [one for one in run(values, folder) if one.type == kind]
    assert made.inputs["metadata"]["namespace"] == "istio-system" and "selector" not in made.inputs["spec"]
    assert made.inputs["spec"] == {"mtls": {"mode": "STRICT"}}
