"""What the doctor makes of the cluster's side."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.gateway_address import UNRESOLVED, Told
from meshx.doctor.checks.cluster_check import check_cluster
from meshx.doctor.cluster_view import ClusterView, Pod
from meshx.doctor.finding import Finding, State, likely_cause
from tests.unit.doctor.gateway_answer import answer
from tests.unit.stand_ins.certificates_for_tests import authority

MESH = MeshConfiguration.model_validate({"istioVersion": "1.31"})
HOUR = timedelta(hours=1)
TOLD = Told(MESH.gateway.name, MESH.gateway, [])
HEALTHY = ClusterView(
    istiod=[Pod("istiod-1", True, "")],
    gateway=[Pod("gateway-1", True, "")],
    gateway_service=answer({"ip": "10.77.0.200", "hostname": ""}),
    root_certificate="PEM",
)


def test_a_healthy_cluster_has_only_what_is_fine() -> None:
    assert {finding.state for finding in check_cluster(HEALTHY, MESH, TOLD)} == {State.OK}


def test_several_roots_are_told_and_no_fault() -> None:
    roots = [authority("old"), authority("new")]
    view = replace(HEALTHY, root_certificate="".join(root.pem for root in roots))
    found = [one for one in check_cluster(view, MESH, TOLD) if one.subject == "root certificate"]
    assert likely_cause(found) is None
    assert [one.found.count("O=") for one in found] == [2]


def test_one_ready_pod_of_several_is_enough() -> None:
    view = replace(HEALTHY, istiod=[*HEALTHY.istiod, Pod("istiod-2", False, "Pending")])
    assert likely_cause(check_cluster(view, MESH, TOLD)) is None


@pytest.mark.parametrize(
    ("changes", "subject", "found", "remedy"),
    [
        ({"istiod": []}, "istiod", "no pod runs in istio-system", "pulumi up"),
        ({"istiod": [Pod("istiod-1", False, "ImagePullBackOff")]},
         "istiod", "istiod-1 (ImagePullBackOff)", "kubectl -n istio-system describe pod istiod-1"),
        ({"gateway": []}, "gateway", "no pod runs", "meshx:mesh.gateway"),
        ({"gateway_service": None}, "gateway's address", "no Service istio-system/istio-eastwestgateway", "pulumi up"),
        ({"gateway_service": answer()},
         "gateway's address", "no address for machines", "kubectl -n istio-system describe service"),
        ({"gateway_service": answer(kind="ClusterIP")},
         "gateway's address", "no address for machines", "load balancer's words"),
        ({"root_certificate": None}, "root certificate", "istio-ca-root-cert", "istiod's log"),
        ({"root_certificate": authority(ends_in=-HOUR).pem}, "root certificate", "ended 2", "docs/trust.md"),
        ({"root_certificate": authority().pem + authority(ends_in=-HOUR).pem},
         "root certificate", "ended 2", "docs/trust.md"),
    ],
)  # fmt: skip
def test_what_all_machines_depend_on_is_named(
    changes: dict[str, object], subject: str, found: str, remedy: str
) -> None:
    first = likely_cause(check_cluster(replace(HEALTHY, **changes), MESH, TOLD))
    assert first is not None
    assert first.subject == subject
    assert found in first.found
    assert remedy in first.remedy


def gateway_finding(told: Told, *entries: dict[str, str]) -> Finding:
    """What the doctor says of a gateway whose Service has these entries."""
    found = check_cluster(replace(HEALTHY, gateway_service=answer(*entries)), MESH, told)
    return next(finding for finding in found if finding.subject == "gateway's address")


def test_a_host_name_is_a_way_to_the_gateway_unless_istiod_resolves_none() -> None:
    named = {"ip": "", "hostname": "lb.example.com"}
    fine = gateway_finding(TOLD, named)
    assert (fine.state, fine.found) == (State.OK, "lb.example.com, a host name that machines resolve themselves")
    fault = gateway_finding(replace(TOLD, no_names=UNRESOLVED), named)
    assert fault.state is State.FAULT
    assert "RESOLVE_HOSTNAME_GATEWAYS" in fault.cause


def test_mapped_ports_are_named_beside_the_address() -> None:
    ports = {"controlPlane": 31512, "services": 31443}
    mesh = MeshConfiguration.model_validate(
        {"istioVersion": "1.31", "gateway": {"address": "203.0.113.15", "ports": ports}}
    )
    assert gateway_finding(replace(TOLD, written=mesh.gateway)).found == "203.0.113.15, ports 31512 and 31443"
