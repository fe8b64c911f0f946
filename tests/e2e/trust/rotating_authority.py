"""The authority of a mesh that changes its root: Secret `cacerts`, written anew for each of Istio's steps."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.networks.shared_root import NAMESPACE, Root, entries
from tests.e2e.stack.awaiting import awaited

PROPAGATION_SECONDS = 180.0
"""kubelet writes a changed Secret into a running pod about a minute later."""


def write(trusted: Sequence[Root], issuer: Root) -> None:
    """Have istiod trust these roots and issue by one of them, by a new intermediate each time."""
    data = entries(trusted, issuer, ec.generate_private_key(ec.SECP256R1()))
    body = {"data": {name: base64.b64encode(content).decode() for name, content in data.items()}}
    client.CoreV1Api(cluster.api()).patch_namespaced_secret("cacerts", NAMESPACE, body)


def told_to_namespaces() -> set[x509.Certificate]:
    """The roots that istiod writes to every namespace."""
    found = client.CoreV1Api(cluster.api()).read_namespaced_config_map("istio-ca-root-cert", NAMESPACE)
    return set(x509.load_pem_x509_certificates((found.data or {})["root-cert.pem"].encode()))


def await_told(trusted: Sequence[Root]) -> None:
    """Wait until istiod has read the Secret and tells these roots."""
    wanted = {root.certificate for root in trusted}
    seen = awaited(told_to_namespaces, lambda told: told == wanted, PROPAGATION_SECONDS)
    assert seen == wanted, [one.subject.rfc4514_string() for one in seen]
