"""Parts of a mesh on their own: together they make what one mesh makes."""

import copy
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx import (
    ControlPlane,
    DnsStub,
    EastWestGateway,
    ExposedService,
    Machine,
    Mesh,
    RefusedConfigurationError,
    Workload,
)
from tests.program.as_arguments import known
from tests.program.recorded_program import INSTALLED, Registered, run_program
from tests.program.test_classic_mesh import INSTALLED as CLASSIC_INSTALLED
from tests.program.test_mesh import ADOPTED
from tests.program.test_networks import SEEN

EXPOSED = {"service": "httpbin", "namespace": "bar", "port": 8000}


@pytest.fixture(autouse=True, params=["arguments"])
def way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of both ways of other tests: these are about one, in the project's folder."""
    monkeypatch.chdir(folder)


def settled(registered: list[Registered]) -> list[tuple[str, Any]]:
    """What is made in the cluster and on machines, by type and inputs; each part limits its own accounts' tokens."""
    joined = ("meshx:index:Join", "meshx:index:DnsStub")
    kept = [
        one
        for one in registered
        if (one.type.startswith("kubernetes:") and "Admission" not in one.type) or one.type in joined
    ]
    return sorted((one.type, json.dumps(one.inputs, sort_keys=True)) for one in kept)


def test_parts_make_together_what_one_mesh_makes(values: dict[str, Any]) -> None:
    cluster = {**INSTALLED, "meshx:index:exposedServices": SEEN}
    workloads = values.pop("workloads")
    whole = {**copy.deepcopy(values), "workloads": workloads, "exposed": [EXPOSED], "dns": {"servers": ["10.0.0.53"]}}

    def parts() -> None:
        control_plane = ControlPlane("shop", values)
        httpbin = ExposedService("httpbin", EXPOSED, control_plane=control_plane)
        workload = {key: value for key, value in workloads[0].items() if key != "machines"}
        ledger = Workload("ledger", workload, control_plane=control_plane, exposed=[httpbin])
        Machine("vm-1", {**workloads[0]["machines"][0], "address": known("10.77.0.11")}, workload=ledger)
        DnsStub("stub", {"servers": ["10.0.0.53"]}, control_plane=control_plane)

    assert settled(run_program(parts, cluster)) == settled(run_program(lambda: Mesh("shop", whole), cluster))


def test_a_workload_brings_its_machines_along(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    said: list[Any] = []

    def program() -> None:
        control_plane = ControlPlane("shop", values)
        said.append(Workload("ledger", workload, control_plane=control_plane).host)
        control_plane.gateway_address.apply(said.append)

    registered = run_program(program, INSTALLED)
    (join,) = [one for one in registered if one.type == "meshx:index:Join"]
    assert join.name == "ledger/vm-1" and said == ["vmhttp.vm.svc.cluster.local", "10.77.0.200"]


def test_a_gateway_alone_adopts_the_control_plane(values: dict[str, Any]) -> None:
    del values["workloads"]
    values["mesh"] = {**values["mesh"], "revision": "canary", "network": "vpc", "trustDomain": "corp.example"}
    values["mesh"] |= {"meshId": "corp", "clusterName": "eu"}
    registered = run_program(lambda: EastWestGateway("gate", values), ADOPTED)
    assert [one.name for one in registered if one.type.endswith(":Release")] == ["gate/istio-eastwestgateway"]


def test_what_is_wrong_with_a_part_is_told_by_its_path(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")

    def program() -> None:
        Workload("ledger", {**workload, "nmae": "x"}, control_plane=ControlPlane("shop", values))

    with pytest.raises(RefusedConfigurationError, match=r'meshx:workloads\[0\].nmae\n    unknown key "nmae"'):
        run_program(program, INSTALLED)


def test_what_the_classic_line_has_in_one_is_refused_apart(values: dict[str, Any], classic: dict[str, Any]) -> None:
    del classic["workloads"]

    def program() -> None:
        ExposedService("httpbin", EXPOSED, control_plane=ControlPlane("shop", classic))

    with pytest.raises(pulumi.RunError, match="give them to one Mesh"):
        run_program(program, CLASSIC_INSTALLED)


def test_a_workloads_machines_go_in_waves_of_their_own(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    machine = workload["machines"][0]
    machines = [machine, {**machine, "name": "vm-2", "address": "10.77.0.12"}]

    def program() -> None:
        control_plane = ControlPlane("shop", {**values, "rollout": {"waves": ["1", "100%"]}})
        Workload("ledger", {**workload, "machines": machines}, control_plane=control_plane)

    registered = run_program(program, INSTALLED)
    gates = {one.name for one in registered if one.type == "meshx:index:Wave"}
    assert gates == {"ledger/wave/1", "ledger/wave/2"}
