"""The authority of a mesh that changes its root: Secret `cacerts`, written anew for each of Istio's steps."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.networks.shared_root import NAMESPACE, Root, entries
from tests.e2e.stack.awaiting import awaited

RESTART_SECONDS = 120.0


def write(trusted: Sequence[Root], issuer: Root) -> None:
    """Have istiod trust these roots and issue by one of them, by a new intermediate each time.

    istiod restarts: one that runs checks certificates of machines by the roots that it had when it started.
    """
    data = entries(trusted, issuer, ec.generate_private_key(ec.SECP256R1()))
    body = {"data": {name: base64.b64encode(content).decode() for name, content in data.items()}}
    client.CoreV1Api(cluster.api()).patch_namespaced_secret("cacerts", NAMESPACE, body)
    _restart_istiod()


def told_to_namespaces() -> set[x509.Certificate]:
    """The roots that istiod writes to every namespace."""
    found = client.CoreV1Api(cluster.api()).read_namespaced_config_map("istio-ca-root-cert", NAMESPACE)
    return set(x509.load_pem_x509_certificates((found.data or {})["root-cert.pem"].encode()))


def await_told(trusted: Sequence[Root]) -> None:
    """Wait until istiod has read the Secret and tells these roots."""
    wanted = {root.certificate for root in trusted}
    seen = awaited(told_to_namespaces, lambda told: told == wanted, RESTART_SECONDS)
    assert seen == wanted, [one.subject.rfc4514_string() for one in seen]


def _restart_istiod() -> None:
    apps = client.AppsV1Api(cluster.api())
    annotations = {"kubectl.kubernetes.io/restartedAt": str(time.time())}
    body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    changed: Any = apps.patch_namespaced_deployment("istiod", NAMESPACE, body)

    def is_rolled_out() -> bool:
        found: Any = apps.read_namespaced_deployment("istiod", NAMESPACE)
        status = found.status
        all_new = status.replicas == status.updated_replicas == status.ready_replicas
        return bool(status.observed_generation >= changed.metadata.generation and all_new)

    assert awaited(is_rolled_out, bool, RESTART_SECONDS), "istiod did not restart"
