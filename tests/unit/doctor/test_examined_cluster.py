"""What the doctor says of a cluster, by what its API answers: it asks and refuses as the program does."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.config.owner import stated_owner
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.doctor.cluster_view import look_at_cluster
from meshx.doctor.examination import examine_stack
from meshx.doctor.finding import Finding, State, likely_cause
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

SYSTEM = "/api/v1/namespaces/istio-system"
NETWORKING = "/apis/networking.istio.io/v1/namespaces/istio-system"
GATEWAY = {
    "metadata": {"name": "istio-eastwestgateway", "namespace": "istio-system", "labels": {}},
    "spec": {"type": "LoadBalancer", "selector": {"istio": "eastwestgateway"}, "ports": [{"port": 15012}]},
    "status": {"loadBalancer": {"ingress": [{"ip": "10.77.0.200"}]}},
}
POD = {
    "metadata": {"name": "istiod-1"},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
}
ADOPTED = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}}
WORKLOAD = {
    "name": "vmhttp",
    "namespace": "vm",
    "ports": [{"name": "http", "port": 8080}],
    "machines": [{"name": "vm-1", "address": "10.79.0.12", "network": "network2"}],
}
ELSEWHERE = {"workloads": [WORKLOAD]}
HTTPBIN = {"exposed": [{"service": "httpbin", "namespace": "bar", "port": 8000}]}
PLAIN_PORT = {**GATEWAY, "spec": {**GATEWAY["spec"], "ports": [{"port": 80}]}}


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": data}


OBJECTS: dict[str, dict[str, Any]] = {
    f"{SYSTEM}/configmaps/istio": config_map("istio", mesh="trustDomain: corp.example\n"),
    f"{SYSTEM}/configmaps/istio-sidecar-injector": config_map("istio-sidecar-injector", values="{}"),
    f"{SYSTEM}/configmaps/istio-ca-root-cert": config_map("istio-ca-root-cert", **{"root-cert.pem": "PEM"}),
    f"{SYSTEM}/services/istio-eastwestgateway": GATEWAY,
    f"{SYSTEM}/pods/istiod-1": POD,
    SYSTEM: {"metadata": {"name": "istio-system", "labels": {"topology.istio.io/network": "network1"}}},
}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    """A cluster with an istiod and a gateway of others, whose namespace names the network."""
    stand_in = ObjectsApi()
    stand_in.objects = copy.deepcopy(OBJECTS)
    server = ApiServer(stand_in)
    yield stand_in
    server.close()


def said(api: ObjectsApi, folder: Path, mesh: dict[str, Any], **keys: Any) -> list[Finding]:
    """What the doctor says of the cluster of a stack; its machines are left alone."""
    kubeconfig = api.kubeconfig(folder)
    values = {"cluster": {"context": "tests", "kubeconfigFile": kubeconfig.name}, "mesh": mesh, **keys}
    configuration = StackConfiguration.model_validate(values, context={"base": kubeconfig.parent})
    return list(examine_stack(configuration, [], stated_owner("meshx.dev"))[0].findings)


def test_a_healthy_mesh_of_others_has_no_fault(api: ObjectsApi, tmp_path: Path) -> None:
    found = said(api, tmp_path, ADOPTED)
    assert likely_cause(found) is None, found


SLICES = "/apis/discovery.k8s.io/v1/namespaces/ca/endpointslices"
CA_SLICE = {
    "metadata": {"name": "csr-1", "namespace": "ca", "labels": {"kubernetes.io/service-name": "csr"}},
    "endpoints": [{"addresses": ["10.244.0.9"], "conditions": {"ready": True}}],
}


@pytest.mark.parametrize(
    ("endpoints", "state", "words"),
    [
        ([{"addresses": ["10.244.0.9"], "conditions": {}}], State.OK, "Service ca/csr has 1 ready endpoints"),
        ([{"addresses": ["10.244.0.9"], "conditions": {"ready": False}}], State.FAULT, "has no ready endpoint"),
        ([], State.FAULT, "has no ready endpoint"),
    ],
)
def test_a_ca_beside_istiod_must_run(
    api: ObjectsApi, tmp_path: Path, endpoints: list[Any], state: State, words: str
) -> None:
    values = '{"global": {"caAddress": "csr.ca.svc:443"}}'
    api.objects[f"{SYSTEM}/configmaps/istio-sidecar-injector"] = config_map("istio-sidecar-injector", values=values)
    api.objects[f"{SLICES}/csr-1"] = {**CA_SLICE, "endpoints": endpoints}
    found = said(api, tmp_path, {**ADOPTED, "certificateAuthority": {"throughGateway": True}})
    (judged,) = [one for one in found if one.subject == "CA"]
    assert (judged.state, words in judged.found) == (state, True), judged


def test_a_ca_that_no_machine_finds_is_a_fault(api: ObjectsApi, tmp_path: Path) -> None:
    mesh = {**ADOPTED, "certificateAuthority": {"address": "csr.ca.svc:443"}}
    first = likely_cause(said(api, tmp_path, mesh))
    assert first is not None and "no machine finds csr.ca.svc" in first.found


AMBIENT_ISTIOD = {
    "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
    "spec": {
        "template": {
            "spec": {"containers": [{"name": "discovery", "env": [{"name": "PILOT_ENABLE_AMBIENT", "value": "true"}]}]}
        }
    },
}
NEAR = {**WORKLOAD, "machines": [{"name": "vm-1", "address": "10.77.0.11"}]}


@pytest.mark.parametrize(
    ("labels", "tunnel", "words"),
    [
        ({"istio.io/dataplane-mode": "ambient"}, "none", "in namespace shop, reach vm/vmhttp in plain text (`tunnel:"),
        ({"istio.io/dataplane-mode": "ambient"}, "hbone", "in namespace shop, reach vm/vmhttp by HBONE"),
        ({"istio.io/dataplane-mode": "none"}, "none", "no namespace is labelled for it"),
    ],
)
def test_pods_in_ambient_mode_are_told_with_their_way_to_machines(
    api: ObjectsApi, tmp_path: Path, labels: dict[str, str], tunnel: str, words: str
) -> None:
    api.objects["/apis/apps/v1/namespaces/istio-system/deployments/istiod"] = AMBIENT_ISTIOD
    api.objects["/api/v1/namespaces/shop"] = {"metadata": {"name": "shop", "labels": labels}}
    found = said(api, tmp_path, ADOPTED, workloads=[{**NEAR, "tunnel": tunnel}])
    (told,) = [one for one in found if one.subject == "ambient mode"]
    assert (told.state, words in told.found) == (State.NOTE, True), told


def test_a_mesh_without_the_mode_has_no_word_of_it(api: ObjectsApi, tmp_path: Path) -> None:
    assert not [one for one in said(api, tmp_path, ADOPTED) if one.subject == "ambient mode"]


def test_machines_that_are_to_answer_hbone_need_an_istiod_that_knows_it(api: ObjectsApi, tmp_path: Path) -> None:
    first = likely_cause(said(api, tmp_path, ADOPTED, workloads=[{**NEAR, "tunnel": "hbone"}]))
    assert first is not None and "PILOT_ENABLE_AMBIENT" in first.found and "has no ambient mode" in first.found


def gone(*paths: str) -> dict[str, None]:
    return dict.fromkeys(paths)


@pytest.mark.parametrize(
    ("changes", "keys", "fault"),
    [
        ({}, {"mesh": {"trustDomain": "cluster.local"}}, ("control plane", "says 'corp.example'")),
        ({}, {"mesh": {"network": "network9"}}, ("control plane", "says 'network1'")),
        (gone(f"{SYSTEM}/configmaps/istio"), {}, ("control plane", "ConfigMap istio-system/istio is missing")),
        (gone(f"{SYSTEM}/services/istio-eastwestgateway"), {}, ("gateway's address", "there is no Service")),
        ({f"{SYSTEM}/services/istio-eastwestgateway": PLAIN_PORT}, {}, ("control plane", "has no port 15012")),
        ({f"{SYSTEM}/services/istio-eastwestgateway": {**GATEWAY, "status": {}}},
         {}, ("gateway's address", "has no address for machines")),
        (gone(f"{SYSTEM}/configmaps/istio-ca-root-cert"), {}, ("root certificate", "istio-ca-root-cert")),
        (gone(f"{SYSTEM}/pods/istiod-1"), {}, ("istiod", "no pod runs in istio-system")),
        ({}, ELSEWHERE, ("networks", "vm-1")),
        ({}, HTTPBIN, ("exposed services", "httpbin")),
    ],
)  # fmt: skip
def test_what_the_program_refuses_is_a_fault(
    api: ObjectsApi, tmp_path: Path, changes: dict[str, Any], keys: dict[str, Any], fault: tuple[str, str]
) -> None:
    for path, there in changes.items():
        api.objects.pop(path)
        if there is not None:
            api.objects[path] = there
    mesh = {**ADOPTED, **keys.get("mesh", {})}
    others = {key: value for key, value in keys.items() if key != "mesh"}
    faults = [one for one in said(api, tmp_path, mesh, **others) if one.state is State.FAULT]
    assert fault[0] in [one.subject for one in faults if fault[1] in one.found], faults


def test_a_former_cluster_that_cannot_be_asked_is_a_fault_of_its_own_and_the_rest_is_looked_at(
    api: ObjectsApi, tmp_path: Path
) -> None:
    found = said(api, tmp_path, ADOPTED, former={"context": "gone"})
    (former,) = [one for one in found if one.subject == "former mesh"]
    assert former.state is State.FAULT
    assert former.found.endswith("correct meshx:former.context")
    others = [one for one in found if one is not former]
    assert not [one for one in others if one.state is State.FAULT]
    assert {one.subject for one in others} > {"API"}


def test_a_cluster_that_does_not_answer_is_the_only_fault(api: ObjectsApi, tmp_path: Path) -> None:
    api.forbidden = "/"
    assert [one.state for one in said(api, tmp_path, ADOPTED) if one.subject == "API"] == [State.UNKNOWN]


@pytest.mark.parametrize(
    ("status", "ready", "waits_for"),
    [
        (POD["status"], True, "Running"),
        ({"phase": "Pending"}, False, "Pending"),
        ({"phase": "Pending", "conditions": [{"type": "Ready", "status": "False", "message": "no room"}]},
         False, "no room"),
        ({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
          "containerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
         False, "ImagePullBackOff"),
    ],
)  # fmt: skip
def test_a_pod_is_ready_or_says_what_it_waits_for(
    api: ObjectsApi, tmp_path: Path, status: dict[str, Any], ready: bool, waits_for: str
) -> None:
    api.objects[f"{SYSTEM}/pods/istiod-1"] = {**POD, "status": status}
    kubeconfig = api.kubeconfig(tmp_path)
    mesh = MeshConfiguration.model_validate({"istioVersion": "1.31"})
    (pod,) = look_at_cluster(Cluster(str(kubeconfig), "tests"), mesh).istiod
    assert (pod.ready, pod.waits_for) == (ready, waits_for)
