"""What the program registers for machines that pods in ambient mode call."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import INSTALLED, run
from tests.program.test_gce import OF_KUBECONFIG
from tests.program.test_mesh import JOIN, WORKLOAD_ENTRY, of_type, the

LABEL = "networking.istio.io/tunnel"
WORKLOAD_GROUP = "kubernetes:networking.istio.io/v1:WorkloadGroup"
FIREWALL = "gcp:compute/firewall:Firewall"
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
MESH_YAML = "/etc/istio/config/mesh"
NAMESPACES = {"meshx:index:ambientNamespaces": {"names": ["shop"], "known": True}}


@pytest.fixture
def ambient(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose own istiod has the mode."""
    values["mesh"]["values"] = {"istiod": {"env": {"PILOT_ENABLE_AMBIENT": "true"}}}
    return values


def test_a_machine_that_answers_hbone_listens_for_it_and_istiod_knows_it(ambient: dict[str, Any], folder: Path) -> None:
    ambient["workloads"][0]["tunnel"] = "hbone"
    registered = run(ambient, folder, {**INSTALLED, **NAMESPACES})
    assert the(registered, WORKLOAD_ENTRY).inputs["spec"]["labels"][LABEL] == "http"
    assert the(registered, WORKLOAD_GROUP).inputs["spec"]["metadata"]["labels"][LABEL] == "http"
    files = the(registered, JOIN).inputs["bundle"]["files"]
    assert "ISTIO_META_ENABLE_HBONE='true'" in files[CLUSTER_ENV]["content"]
    assert "ISTIO_META_ENABLE_HBONE: 'true'" in files[MESH_YAML]["content"]


def test_by_default_nothing_says_so(ambient: dict[str, Any], folder: Path) -> None:
    registered = run(ambient, folder, {**INSTALLED, **NAMESPACES})
    assert LABEL not in the(registered, WORKLOAD_ENTRY).inputs["spec"]["labels"]
    assert "HBONE" not in str(the(registered, JOIN).inputs["bundle"]["files"])


def test_an_istiod_without_the_mode_is_refused(values: dict[str, Any], folder: Path) -> None:
    values["workloads"][0]["tunnel"] = "hbone"
    with pytest.raises(pulumi.RunError, match=r"env\.PILOT_ENABLE_AMBIENT is not set: istiod has no ambient mode"):
        run(values, folder)


def test_instances_take_hbone_from_pods(instance: dict[str, Any], folder: Path) -> None:
    instance["workloads"][0]["tunnel"] = "hbone"
    instance["mesh"]["values"] = {"istiod": {"profile": "ambient"}}
    registered = run(instance, folder, {**OF_KUBECONFIG, **NAMESPACES})
    allowed = [port for one in of_type(registered, FIREWALL) for port in one.inputs["allows"][0].get("ports", [])]
    assert "15008" in allowed


def test_the_classic_line_has_no_such_pods(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] = {"istioVersion": "1.4.10", "install": {"controlPlane": False}}
    values["workloads"][0]["tunnel"] = "hbone"
    with pytest.raises(ConfigurationError, match="pods in ambient mode came with"):
        run(values, folder)
