"""What the doctor says of the domain that the cluster's DNS forwards for a stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.dns.corefile import with_forward
from meshx.config.owner import stated_owner
from meshx.config.stack import StackConfiguration
from meshx.doctor.checks.dns_stub_check import check_dns_stub
from meshx.doctor.finding import Finding, State
from tests.unit.cluster.test_corefile import GLOBAL, KUBEADM, OWNER
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

CORE, APPS = "/api/v1/namespaces", "/apis/apps/v1/namespaces/kube-system"
COREFILE = f"{CORE}/kube-system/configmaps/coredns"
DEPLOYMENT, DAEMON_SET = f"{APPS}/deployments/coredns", f"{APPS}/daemonsets/node-local-dns"
ISTIOCOREDNS = f"{CORE}/istio-system/services/istiocoredns"
ISTIOD = {"mesh": {"istioVersion": "1.31"}}
FORWARDED = with_forward(KUBEADM, GLOBAL)
OF_OTHERS = FORWARDED + "bar.global:53 {\n    errors\n}\n"
ANOTHER_PORT = KUBEADM.replace(".:53", ".:1053")
SERVERS = ", ".join(GLOBAL.servers)
DNS = {"dns": {"servers": list(GLOBAL.servers)}}
WORKLOAD = {"name": "w", "namespace": "vm", "ports": [{"name": "http", "port": 8080}]}
ELSEWHERE = [{**WORKLOAD, "machines": [{"name": "vm-1", "address": "10.79.0.12", "network": "network2"}]}]
CLASSIC = {"mesh": {"istioVersion": "1.4.10", "network": "network1"}, "workloads": ELSEWHERE}
CACHE = {
    "metadata": {"name": "node-local-dns"},
    "spec": {
        "template": {
            "spec": {
                "containers": [{"name": "node-cache", "image": "k8s-dns-node-cache:1.26.4"}],
                "volumes": [{"name": "config", "configMap": {"name": "node-local-dns"}}],
            }
        }
    },
}
CACHES_FILE = ".:53 {\n    forward . 169.254.169.254\n}\n"


def config_map(name: str, corefile: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "resourceVersion": "1"}, "data": {"Corefile": corefile}}


@pytest.fixture
def api() -> Iterator[ObjectsApi]:
    """A cluster with CoreDNS, which forwards the domain to the servers of the stack."""
    stand_in = ObjectsApi()
    spec = {"containers": [{"name": "coredns", "image": "coredns:1"}]}
    stand_in.objects = {
        COREFILE: config_map("coredns", FORWARDED),
        DEPLOYMENT: {"metadata": {"name": "coredns"}, "spec": {"replicas": 2, "template": {"spec": spec}}},
    }
    server = ApiServer(stand_in)
    yield stand_in
    server.close()


def said(api: ObjectsApi, folder: Path, **keys: Any) -> list[Finding]:
    kubeconfig = api.kubeconfig(folder)
    values = {"cluster": {"context": "tests", "servicesCidr": "10.96.0.0/16"}, **keys}
    configuration = StackConfiguration.model_validate(values, context={"base": kubeconfig.parent})
    return list(check_dns_stub(Cluster(str(kubeconfig), "tests"), configuration, stated_owner(OWNER)))


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ({}, (State.OK, f"coredns forwards global to {SERVERS}", "")),
        ({COREFILE: config_map("coredns", KUBEADM)}, (State.FAULT,
         f"Corefile of ConfigMap kube-system/coredns does not forward global to {SERVERS}", "pulumi up --refresh")),
        ({COREFILE: config_map("coredns", FORWARDED.replace(":5353", ":5300"))}, (State.FAULT,
         f"does not forward global to {SERVERS}, but to 10.0.0.53, 10.0.0.54:5300", "pulumi up --refresh")),
        ({COREFILE: config_map("coredns", ANOTHER_PORT + FORWARDED.removeprefix(KUBEADM))}, (State.FAULT,
         f"does not forward global to {SERVERS}", "pulumi up --refresh")),
        ({COREFILE: config_map("coredns", OF_OTHERS)}, (State.NOTE, "names below bar.global are not asked of", "")),
        ({COREFILE: config_map("coredns", ".:53 {")}, (State.FAULT, "is left as it is", "put it right there")),
        ({COREFILE: None}, (State.FAULT, "ConfigMap kube-system/coredns is missing", "as said there")),
        ({DEPLOYMENT: None}, (State.FAULT, "neither CoreDNS nor kube-dns runs", "as said there")),
        ({DAEMON_SET: CACHE, f"{CORE}/kube-system/configmaps/node-local-dns": config_map("n", CACHES_FILE)},
         (State.FAULT, "pods do not find these names", "kube-system/node-local-dns a block for global:53")),
    ],
)  # fmt: skip
def test_what_keeps_pods_from_the_names_is_told_with_the_remedy(
    api: ObjectsApi, tmp_path: Path, objects: dict[str, Any], expected: tuple[State, str, str]
) -> None:
    api.objects = {path: one for path, one in {**api.objects, **objects}.items() if one is not None}
    state, found, remedy = expected
    last = said(api, tmp_path, **ISTIOD, **DNS)[-1]
    assert (last.subject, last.state) == ("cluster's DNS", state)
    assert found in last.found and remedy in last.remedy, last


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        (ISTIOD, None),
        ({**ISTIOD, "workloads": ELSEWHERE}, None),
        ({**CLASSIC, "workloads": []}, None),
        ({**CLASSIC, "dns": {"istiocoredns": False}}, None),
        (CLASSIC, State.OK),
        ({**CLASSIC, **DNS}, State.FAULT),
    ],
)
def test_it_is_looked_at_where_the_stack_forwards_a_domain(
    api: ObjectsApi, tmp_path: Path, keys: dict[str, Any], state: State | None
) -> None:
    asked = FORWARDED.replace(" ".join(GLOBAL.servers), "10.96.0.53")
    api.objects |= {COREFILE: config_map("coredns", asked), ISTIOCOREDNS: {"spec": {"clusterIP": "10.96.0.53"}}}
    assert [one.state for one in said(api, tmp_path, **keys)] == ([] if state is None else [state])
    assert state is not None or api.requests == []


def test_without_the_right_to_look_it_is_unknown(api: ObjectsApi, tmp_path: Path) -> None:
    api.forbidden = "/kube-system/configmaps"
    (found,) = said(api, tmp_path, **ISTIOD, **DNS)
    assert found.state is State.UNKNOWN and "may not GET" in found.found
