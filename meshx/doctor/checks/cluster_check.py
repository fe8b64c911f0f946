"""The cluster's side: istiod, the gateway, its address, the root certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from meshx.cluster.certificate import names_of
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.values.certificates import name_of, read_certificates
from meshx.control_plane.gateway_address import Told
from meshx.doctor.checks.gateway_address_check import check_gateway_address
from meshx.doctor.cluster_view import ClusterView, Pod
from meshx.doctor.finding import Finding, fault, fine, note

_ROOT = "root certificate"


def check_cluster(view: ClusterView, mesh: MeshConfiguration, told: Told) -> Iterator[Finding]:
    """Judge what all machines depend on."""
    yield _pods("istiod", view.istiod, "istio-system")
    yield _pods("gateway", view.gateway, mesh.gateway.namespace)
    yield check_gateway_address(mesh.gateway.namespace, told, view.gateway_service)
    if view.root_certificate:
        yield from _roots(view.root_certificate)
    else:
        yield fault(
            _ROOT,
            "there is no ConfigMap istio-system/istio-ca-root-cert",
            "istiod does not run, or may not write it",
            "see istiod's log",
        )


def _roots(text: str) -> Iterator[Finding]:
    """The roots that istiod tells: none of them may have ended; several are trusted while one is replaced."""
    roots = read_certificates(text.encode())
    ended = [root for root in roots if root.not_valid_after_utc <= datetime.now(timezone.utc)]
    for root in ended:
        yield fault(
            _ROOT,
            f"{name_of(root)} ended {root.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            "nobody replaced it in time: nobody trusts a certificate that it issued",
            "another root of trust (docs/trust.md)",
        )
    if len(roots) > 1:
        yield note(_ROOT, f"the mesh trusts {names_of(roots)}: one replaces the other (docs/trust.md)")
    elif not ended:
        yield fine(_ROOT, "ConfigMap istio-system/istio-ca-root-cert")


def _pods(subject: str, pods: Sequence[Pod], namespace: str) -> Finding:
    waiting = [f"{pod.name} ({pod.waits_for})" for pod in pods if not pod.ready]
    if len(waiting) < len(pods):
        return fine(subject, f"{len(pods) - len(waiting)} of {len(pods)} pods ready")
    if not pods:
        return fault(
            subject,
            f"no pod runs in {namespace}",
            "it is not installed, is scaled to none, or has another revision or other labels than configured",
            "`pulumi up`; for one that is adopted: meshx:mesh.revision and meshx:mesh.gateway",
        )
    return fault(
        subject,
        f"no pod is ready: {', '.join(waiting)}",
        "the pods cannot start",
        f"`kubectl -n {namespace} describe pod {pods[0].name}`",
    )
