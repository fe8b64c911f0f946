"""What the doctor makes of the cluster's side of Istio 1.1 to 1.4, and what it reads there of a machine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.gateway_address import UNNAMED, Told
from meshx.doctor.checks.classic_cluster_check import check_classic_cluster
from meshx.doctor.classic_cluster_view import ClassicClusterView
from meshx.doctor.classic_records import look_at_records
from meshx.doctor.finding import State, likely_cause
from tests.unit.doctor.gateway_answer import answer
from tests.unit.doctor.healthy_classic_machine import WANTED
from tests.unit.doctor.healthy_machine import MACHINE
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.citadel_for_tests import long_lived_authority, secret_data
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

MESH = MeshConfiguration.model_validate({"istioVersion": "1.4.10", "network": "network1"})
TOLD = Told("istio-ingressgateway", MESH.gateway, [], UNNAMED, by_nodes=False)
HEALTHY = ClassicClusterView(
    deployments={"istio-pilot": 1, "istio-citadel": 1, "istio-ingressgateway": 2, "istiocoredns": 1},
    gateway_service=answer({"ip": "10.77.0.200", "hostname": ""}),
    gateway_ports=frozenset({80, 443, 15011, 15004, 8060, 15443}),
    missing=[],
    differing=[],
    services="172.21.0.0/16",
)
NOW = datetime.now(timezone.utc)
ROOT = long_lived_authority(NOW - timedelta(days=30), NOW + timedelta(days=3650))
SECRET = "/api/v1/namespaces/vm/secrets/istio.vmhttp"
ENTRY = "/apis/networking.istio.io/v1alpha3/namespaces/vm/serviceentries/"


def test_a_healthy_cluster_has_only_what_is_fine() -> None:
    assert {finding.state for finding in check_classic_cluster(HEALTHY, TOLD, MESH, True)} == {State.OK}


@pytest.mark.parametrize(
    ("changes", "subject", "found", "remedy"),
    [
        ({"deployments": {"istio-pilot": None}}, "istio-pilot", "no Deployment istio-system/istio-pilot", "pulumi up"),
        ({"deployments": {"istio-citadel": 0}}, "istio-citadel", "no pod is ready", "describe deployment"),
        ({"gateway_service": None}, "gateway's address", "no Service istio-system/istio-ingressgateway", "pulumi up"),
        ({"gateway_service": answer()},
         "gateway's address", "no address for machines", "describe service istio-ingressgateway"),
        ({"gateway_service": answer({"ip": "", "hostname": "lb.example.com"})},
         "gateway's address", "no address for machines", "describe service istio-ingressgateway"),
        ({"gateway_ports": frozenset({15011, 8060})}, "gateway's ports", "lacks 15443", "helm upgrade"),
        ({"missing": ["Gateway meshexpansion-gateway is missing"]},
         "mesh expansion", "meshexpansion-gateway is missing", "pulumi up --refresh"),
    ],
)  # fmt: skip
def test_what_all_machines_depend_on_is_named(
    changes: dict[str, object], subject: str, found: str, remedy: str
) -> None:
    first = likely_cause(check_classic_cluster(replace(HEALTHY, **changes), TOLD, MESH, True))
    assert first is not None
    assert first.subject == subject
    assert found in first.found
    assert remedy in first.remedy


def test_a_single_network_needs_no_port_for_other_networks() -> None:
    view = replace(HEALTHY, gateway_ports=frozenset({15011, 8060}))
    assert likely_cause(check_classic_cluster(view, TOLD, MESH, False)) is None


def test_an_object_that_differs_and_a_range_that_is_not_known_are_no_faults() -> None:
    view = replace(HEALTHY, differing=["Gateway meshexpansion-gateway: spec.servers has 2 entries, not 3"], services="")
    found = list(check_classic_cluster(view, TOLD, MESH, True))
    assert likely_cause(found) is None
    assert {finding.state for finding in found} == {State.OK, State.NOTE, State.UNKNOWN}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    """A cluster that has all that a joined machine needs."""
    there = ObjectsApi()
    data = secret_data(ROOT, begins=NOW - timedelta(days=1), ends=NOW + timedelta(days=89))
    there.objects[SECRET] = {"type": "istio.io/key-and-cert", "metadata": {}, "data": data}
    for name in ("vmhttp", "vmhttp-vm-1"):
        there.objects[ENTRY + name] = {"metadata": {}, "spec": {"endpoints": [{"address": "10.77.0.11"}]}}
    there.objects["/api/v1/namespaces/vm/services/vmhttp"] = {"metadata": {}}
    server = ApiServer(there)
    yield there
    server.close()


def test_a_machine_that_the_cluster_has_all_of_lacks_nothing(api: ObjectsApi, tmp_path: Path) -> None:
    records = look_at_records(Cluster(str(api.kubeconfig(tmp_path)), "tests"), MACHINE, WANTED)
    assert (records.secret, records.secret_problem, records.unnamed, records.unknown) == ("vm/istio.vmhttp", "", (), "")
    assert records.root.startswith(b"-----BEGIN CERTIFICATE-----")


def test_what_is_missing_or_names_another_address_is_told(api: ObjectsApi, tmp_path: Path) -> None:
    api.objects[SECRET]["type"] = "Opaque"
    del api.objects[ENTRY + "vmhttp-vm-1"]
    api.objects[ENTRY + "vmhttp"]["spec"]["endpoints"] = []
    records = look_at_records(Cluster(str(api.kubeconfig(tmp_path)), "tests"), MACHINE, WANTED)
    assert records.secret_problem == "it is of type Opaque, not istio.io/key-and-cert"
    assert records.unnamed == (
        "ServiceEntry vm/vmhttp does not have 10.77.0.11",
        "ServiceEntry vm/vmhttp-vm-1 is not there",
    )


def test_a_cluster_that_does_not_let_us_look_is_told_as_that(api: ObjectsApi, tmp_path: Path) -> None:
    api.forbidden = "/secrets/"
    records = look_at_records(Cluster(str(api.kubeconfig(tmp_path)), "tests"), MACHINE, WANTED)
    assert "may not" in records.unknown
