"""Whatever chart values and configurations say, the program makes a stack of them or tells what is wrong in words."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from meshx.config.errors.problems import ConfigurationError
from meshx.mesh import Mesh
from tests.generated_values import changed
from tests.program import test_classic_mesh, test_gce, test_mesh
from tests.program.as_arguments import unknown
from tests.program.recorded_program import GATEWAY_ADDRESS, run, run_program
from tests.python_keys import as_arguments

READ = [
    *("global", "meshConfig", "defaultConfig", "proxyMetadata", "env", "service", "ports", "security", "selfSigned"),
    *("mtls", "enabled", "auto", "gateways", "istio-egressgateway", "multiCluster", "meshExpansion", "istiocoredns"),
    *(
        "statusPort",
        "hub",
        "meshx",
        "owner",
        "network",
        "discoveryAddress",
        "annotations",
        "trustDomain",
        "meshNetworks",
    ),
]
"""Keys of chart values that the program reads, lays its own over, or hands on."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99999) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.sampled_from(READ), below, max_size=4),
    max_leaves=8,
)
CHARTS = {"istiod": ("base", "istiod", "gateway"), "classic": ("istioInit", "istio")}


class FoundServices:
    """Every Service that is asked for is there, with a pod."""

    def __call__(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        there = {
            "exists": True,
            "clusterIp": "10.96.0.9",
            "ports": [{"port": port, "name": "http", "appProtocol": ""} for port in (80, 8000)],
            "serviceAccounts": ["httpbin"],
            "pods": 1,
            "withoutSidecar": [],
            "injects": True,
        }
        return {"services": [{**one, **there} for one in arguments["services"]], "entries": []}


class AnyCluster(dict[str, Any]):
    """A cluster with what the program asks for on either line, under whichever names it asks."""

    def __missing__(self, key: str) -> dict[str, Any]:
        kind, _, name = key.partition(" ")
        assert kind in ("Service", "ConfigMap"), f"the program asks for {key}"
        if kind == "ConfigMap":
            return self["ConfigMap istio-system/istio-ca-root-cert"]
        return {
            "metadata": {"namespace": name.partition("/")[0], "name": name.partition("/")[2]},
            "spec": {"selector": {"istio": "gateway"}, "clusterIP": "172.21.100.53"},
            "status": {"loadBalancer": {"ingress": [{"ip": GATEWAY_ADDRESS}]}},
        }


CLUSTER = AnyCluster(
    {
        **test_mesh.ADOPTED,
        **test_classic_mesh.INSTALLED,
        **test_classic_mesh.RUNNING,
        **test_gce.OF_GKE,
        "meshx:index:apiServer": test_gce.OF_KUBECONFIG["meshx:index:apiServer"],
        "meshx:index:exposedServices": FoundServices(),
    }
)


def outcome(values: dict[str, Any], folder: Path, made: Callable[..., object] = run) -> str:
    """Runs the program; any other error than those that the engine shows as a message alone is a failure."""
    try:
        assert made(values, folder, CLUSTER)
    except (ConfigurationError, pulumi.RunError) as error:
        assert str(error)
        return "told"
    return "made"


@pytest.fixture(params=["istiod", "classic"])
def line(request: pytest.FixtureRequest) -> str:
    """A line of Istio."""
    return request.param


@pytest.fixture
def stack(line: str, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A configuration of the line that stands, with machines on two networks."""
    request.getfixturevalue("classic")  # its folder has the charts of both lines
    values = request.getfixturevalue("values")
    if line == "istiod":
        values["mesh"] = {"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}}
    machines = values["workloads"][0]["machines"]
    machines.append({**machines[0], "name": "vm-2", "address": "10.79.0.12", "network": "network2"})
    return values


def test_what_is_changed_is_a_stack(stack: dict[str, Any], folder: Path) -> None:
    assert outcome(stack, folder) == "made"


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_chart_values_make_a_stack_or_are_told(
    data: st.DataObject, line: str, stack: dict[str, Any], folder: Path
) -> None:
    written = data.draw(st.dictionaries(st.sampled_from(CHARTS[line]), VALUES, max_size=3))
    values = copy.deepcopy(stack)
    values["mesh"]["values"] = written
    event(outcome(values, folder))


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_configuration_makes_a_stack_or_is_told(data: st.DataObject, stack: dict[str, Any], folder: Path) -> None:
    event(outcome(data.draw(changed(stack)), folder))


def planned(values: dict[str, Any], folder: Path, cluster: Mapping[str, Any]) -> object:
    """A preview that knows none of the outputs in the arguments."""
    return run_program(lambda: Mesh("shop", as_arguments(values, unknown)), cluster, preview=True)


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_arguments_of_which_a_preview_knows_no_output_make_a_plan_or_are_told(
    data: st.DataObject, stack: dict[str, Any], folder: Path, way: str
) -> None:
    if way == "arguments":  # once
        event(outcome(data.draw(changed(stack)), folder, planned))
