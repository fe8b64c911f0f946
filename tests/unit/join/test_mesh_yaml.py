"""mesh.yaml, byte for byte, and its probe."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from meshx.join.mesh_yaml import render_mesh_yaml
from tests.unit.join.join_examples import CALLER, CALLING_MACHINE, CONTROL_PLANE, MACHINE, WORKLOAD

EXPECTED = Path(__file__).parent / "expected"


def default_config(*args) -> dict:
    return yaml.safe_load(render_mesh_yaml(*args))["defaultConfig"]


@pytest.mark.parametrize(
    ("name", "facts", "workload", "machine"),
    [
        ("served.mesh.yaml", CONTROL_PLANE, WORKLOAD, MACHINE),
        ("calling.mesh.yaml", replace(CONTROL_PLANE, proxy_defaults={}), CALLER, CALLING_MACHINE),
    ],
)
def test_mesh_yaml_is_the_reviewed_file(name, facts, workload, machine):
    assert render_mesh_yaml(facts, workload, machine) == (EXPECTED / name).read_text()


def test_the_given_probe_is_the_one_that_the_agent_gets():
    assert default_config(CONTROL_PLANE, WORKLOAD, MACHINE)["readinessProbe"] == WORKLOAD.probe


def test_a_workload_without_a_probe_is_not_probed():
    assert "readinessProbe" not in default_config(CONTROL_PLANE, replace(WORKLOAD, probe=None), MACHINE)


def test_a_revision_without_an_address_in_the_meshs_defaults_is_found_by_its_name():
    facts = replace(CONTROL_PLANE, revision="1-31", proxy_defaults={})
    assert default_config(facts, WORKLOAD, MACHINE)["discoveryAddress"] == "istiod-1-31.istio-system.svc:15012"


def test_labels_given_under_another_name_decide_the_canonical_ones():
    workload = replace(WORKLOAD, labels={"app.kubernetes.io/name": "shop", "app.kubernetes.io/version": "7"})
    metadata = default_config(CONTROL_PLANE, workload, MACHINE)["proxyMetadata"]
    assert (metadata["CANONICAL_SERVICE"], metadata["CANONICAL_REVISION"]) == ("shop", "7")
