"""A CA other than istiod: whether it runs in the cluster, and whether the machine reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_objects import listed, part
from meshx.doctor.finding import Finding, fault, fine, note, unknown
from meshx.doctor.machine_view import MachineView
from meshx.istio.certificate_authority import CertificateAuthority

_SUBJECT = "CA"


def check_signing_authority(cluster: Cluster, authority: CertificateAuthority) -> Finding:
    """A CA that is a Service must have an endpoint; ClusterError if the cluster does not answer."""
    if not authority.service_host:
        return note(_SUBJECT, f"{authority.host} signs; it is outside of the cluster")
    name, namespace = authority.service_host.split(".")[:2]
    try:
        path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        slices = list(listed(cluster, path, {"labelSelector": f"kubernetes.io/service-name={name}"}))
    except ClusterError as error:
        if error.status not in NOT_ALLOWED:
            raise
        return unknown(_SUBJECT, str(error))
    ready = sum(_ready(endpoint) for found in slices for endpoint in found.get("endpoints") or ())
    if ready:
        return fine(_SUBJECT, f"Service {namespace}/{name} has {ready} ready endpoints")
    return fault(
        _SUBJECT,
        f"Service {namespace}/{name} has no ready endpoint",
        "the CA does not run, or is elsewhere: nobody in the mesh gets a certificate",
        f"`kubectl -n {namespace} get pods,services`; correct meshx:mesh.certificateAuthority",
    )


def _ready(endpoint: dict[str, Any]) -> bool:
    # Left out it means ready (discovery.k8s.io/v1, EndpointConditions).
    return part(endpoint, "conditions").get("ready") is not False


def check_authority(view: MachineView) -> Iterator[Finding]:
    """A machine that does not ask by the gateway must reach its CA, past its own proxy."""
    for host, port in view.questions.authorities:
        why_not = view.symptoms.ways[host, port]
        if not why_not:
            yield fine(_SUBJECT, f"{host} port {port} is reached")
        else:
            yield fault(
                _SUBJECT,
                f"{host} port {port} is not reached from the machine: {why_not}",
                "a firewall, a missing route, or a name that the machine's name servers do not know",
                f"let TCP {port} through from the machine to {host}; correct meshx:mesh.certificateAuthority.reachedAt",
            )
