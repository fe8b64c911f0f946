"""What the doctor makes of the cluster's side."""

from dataclasses import replace

import pytest

from meshx.config.sections.mesh import MeshConfiguration
from meshx.doctor.checks.cluster_check import check_cluster
from meshx.doctor.cluster_view import ClusterView, Pod
from meshx.doctor.finding import State, likely_cause

MESH = MeshConfiguration.model_validate({"istioVersion": "1.31"})
HEALTHY = ClusterView(
    istiod=[Pod("istiod-1", True, "")],
    gateway=[Pod("gateway-1", True, "")],
    gateway_ingress=[{"ip": "10.77.0.200", "hostname": ""}],
    root_certificate="PEM",
)


def test_a_healthy_cluster_has_only_what_is_fine() -> None:
    assert {finding.state for finding in check_cluster(HEALTHY, MESH)} == {State.OK}


def test_one_ready_pod_of_several_is_enough() -> None:
    view = replace(HEALTHY, istiod=[*HEALTHY.istiod, Pod("istiod-2", False, "Pending")])
    assert likely_cause(check_cluster(view, MESH)) is None


@pytest.mark.parametrize(
    ("changes", "subject", "found", "remedy"),
    [
        ({"istiod": []}, "istiod", "no pod runs in istio-system", "pulumi up"),
        ({"istiod": [Pod("istiod-1", False, "ImagePullBackOff")]},
         "istiod", "istiod-1 (ImagePullBackOff)", "kubectl -n istio-system describe pod istiod-1"),
        ({"gateway": []}, "gateway", "no pod runs", "meshx:mesh.gateway"),
        ({"gateway_ingress": None}, "gateway's address", "no Service istio-system/istio-eastwestgateway", "pulumi up"),
        ({"gateway_ingress": []}, "gateway's address", "no IP address", "kubectl -n istio-system describe service"),
        ({"gateway_ingress": [{"ip": "", "hostname": "lb.example.com"}]},
         "gateway's address", "no IP address", "load balancer's words"),
        ({"root_certificate": None}, "root certificate", "istio-ca-root-cert", "istiod's log"),
    ],
)  # fmt: skip
def test_what_all_machines_depend_on_is_named(
    changes: dict[str, object], subject: str, found: str, remedy: str
) -> None:
    first = likely_cause(check_cluster(replace(HEALTHY, **changes), MESH))
    assert first is not None
    assert first.subject == subject
    assert found in first.found
    assert remedy in first.remedy
