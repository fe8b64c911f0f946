"""Parts of a mesh on their own: together they make what one mesh makes."""

import copy
import json
from dataclasses import asdict
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
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.join.facts import ControlPlaneFacts
from meshx.parts.records import facts_as_kept
from tests.program.as_arguments import known
from tests.program.recorded_program import INSTALLED, Registered, run_program
from tests.program.test_classic_mesh import INSTALLED as CLASSIC_INSTALLED
from tests.program.test_gce import OF_KUBECONFIG
from tests.program.test_mesh import ADOPTED
from tests.program.test_networks import SEEN

MACHINE = {"name": "vm-2", "address": "10.77.0.12", "ssh": {"hostKeyFile": "id.pub"}}
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


@pytest.mark.parametrize(
    ("part", "path", "wrong"),
    [
        (lambda plane, _: ExposedService("e", {**EXPOSED, "port": 0}, control_plane=plane), "exposed[0].port", "0"),
        (
            lambda plane, _: DnsStub("d", {"servers": ["dns"]}, control_plane=plane),
            "dns.servers[0]",
            "is not the address of a server",
        ),
        (
            lambda plane, _: DnsStub("d", {}, control_plane=plane),
            "dns.servers",
            "forwards nothing",
        ),
        (
            lambda plane, workload: Machine(
                "vm-2", {**MACHINE, "address": 5}, workload=Workload("w", workload, control_plane=plane)
            ),
            "workloads[0].machines[0].address",
            "expected",
        ),
        (
            lambda plane, workload: Workload("w", {**workload, "ports": "http"}, control_plane=plane),
            "workloads[0].ports",
            "expected a list",
        ),
        (
            lambda plane, workload: Workload(
                "w", {**workload, "name": pulumi.Output.from_input("l")}, control_plane=plane
            ),
            "workloads[0].name",
            "an output of another resource stands here",
        ),
    ],
)
def test_mistakes_in_each_part_are_told_by_their_paths(
    values: dict[str, Any], part: Any, path: str, wrong: str
) -> None:
    (workload,) = values.pop("workloads")
    workload = {key: value for key, value in workload.items() if key != "machines"}
    with pytest.raises(RefusedConfigurationError) as refused:
        run_program(lambda: part(ControlPlane("shop", values), workload), INSTALLED)
    (problem,) = refused.value.problems
    assert problem.path == f"meshx:{path}" and wrong in problem.wrong


def test_a_revoked_machine_is_refused_with_the_reason_and_its_account_can_be(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    revoked = {**workload, "machines": [{**workload["machines"][0], "revoked": True}]}
    told = r"machines\[0\].revoked\n    vm-1 can't be revoked in a part: the plugin that takes its Join away"
    with pytest.raises(RefusedConfigurationError, match=told):
        run_program(lambda: Workload("w", revoked, control_plane=ControlPlane("shop", values)), INSTALLED)
    (machine,) = revoked.pop("machines")

    def alone() -> None:
        Machine("vm-1", machine, workload=Workload("w", revoked, control_plane=ControlPlane("shop", values)))

    with pytest.raises(RefusedConfigurationError, match=told):
        run_program(alone, INSTALLED)
    counted = {**workload, "revocations": 1}
    registered = run_program(lambda: Workload("w", counted, control_plane=ControlPlane("shop", values)), INSTALLED)
    denied = [one.name for one in registered if one.type.endswith(":AuthorizationPolicy")]
    assert denied == ["w/vm/vmhttp/revoked-account/vmhttp"]


def test_outputs_in_the_values_of_charts_are_refused(values: dict[str, Any]) -> None:
    del values["workloads"]

    def program() -> None:
        chart = {"istiod": {"global": {"hub": known("registry.example")}}}
        ControlPlane("shop", {**values, "mesh": {**values["mesh"], "values": chart}})

    told = r"mesh.values.istiod.global.hub\n    an output of another resource stands here"
    with pytest.raises(RefusedConfigurationError, match=told):
        run_program(program, INSTALLED)


def test_a_machine_alone_joins_a_workload_that_has_others(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    second = {**workload["machines"][0], "name": "vm-2", "address": "10.77.0.12"}

    def program() -> None:
        Machine("vm-2", second, workload=Workload("w", workload, control_plane=ControlPlane("shop", values)))

    joined = [one.name for one in run_program(program, INSTALLED) if one.type == "meshx:index:Join"]
    assert sorted(joined) == ["vm-2/vm-2", "w/vm-1"]


def test_what_the_classic_line_has_in_one_is_refused_apart(values: dict[str, Any], classic: dict[str, Any]) -> None:
    del classic["workloads"]

    def program() -> None:
        ExposedService("httpbin", EXPOSED, control_plane=ControlPlane("shop", classic))

    with pytest.raises(pulumi.RunError, match="give them to one Mesh"):
        run_program(program, CLASSIC_INSTALLED)


def test_facts_are_kept_whole_for_parts_of_other_processes() -> None:
    authority = CertificateAuthority("ca.corp.svc", 443, audience="corp-ca", through_gateway=True)
    modern = ControlPlaneFacts(
        cluster_name="c",
        mesh_id="m",
        network="n",
        trust_domain="t",
        authority=authority,
        proxy_defaults={"a": {"b": "c"}},
    )
    assert facts_as_kept(json.dumps(asdict(modern))) == modern


def test_a_workloads_machines_go_in_waves_of_their_own(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    machine = workload["machines"][0]
    machines = [machine, {**machine, "name": "vm-2", "address": "10.77.0.12"}]

    def program() -> None:
        # For a larger workload the second is a wave of its own.
        control_plane = ControlPlane("shop", {**values, "rollout": {"waves": [1, 2, "25%", "100%"]}})
        Workload("ledger", {**workload, "machines": machines}, control_plane=control_plane)

    registered = run_program(program, INSTALLED)
    gates = {one.name for one in registered if one.type == "meshx:index:Wave"}
    assert gates == {"ledger/wave/1", "ledger/wave/2"}


def test_instances_alone_in_a_part_leave_the_waves_to_other_parts(values: dict[str, Any]) -> None:
    (workload,) = values.pop("workloads")
    values |= {
        "cluster": {"context": "somewhere", "podsCidr": "10.244.0.0/16"},
        "sidecar": {"url": "https://x.example/istio-sidecar.deb", "sha256": "ab" * 32},
        "gce": {"project": "my-project", "zone": "europe-west1-b"},
        "networks": [{"name": "network1", "apiServer": "endpoint"}],
        "rollout": {"waves": [1, "100%"]},
    }
    fleet = {**workload, "name": "fleet", "group": {"size": 2}}
    del fleet["machines"]

    def program() -> None:
        control_plane = ControlPlane("shop", values)
        Workload("ledger", workload, control_plane=control_plane)
        Workload("fleet", fleet, control_plane=control_plane)

    registered = run_program(program, OF_KUBECONFIG)
    assert {one.name for one in registered if one.type in ("meshx:index:Join", "meshx:index:GroupJoin")} == {
        *("ledger/vm-1", "fleet/vm/fleet/group"),
    }


def test_what_a_control_plane_would_not_make_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(RefusedConfigurationError) as refused:
        run_program(lambda: ControlPlane("shop", {**values, "exposed": [EXPOSED]}), INSTALLED)
    assert [problem.path for problem in refused.value.problems] == ["meshx:exposed", "meshx:workloads"]
    assert "makes nothing of it" in str(refused.value) and "or one Mesh" in str(refused.value)
