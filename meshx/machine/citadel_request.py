"""Waits in the cluster for a machine's identity: the Secret that Citadel makes for its service account."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

from meshx.cluster.citadel_secret import (
    SECRET_TYPE,
    KeyMaterial,
    UnusableSecretError,
    check_material,
    key_material,
)
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import found, part
from meshx.config.values.certificates import read_certificates
from meshx.machine.citadel_root import citadels_signer, is_of
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.waiting import Wait

WAIT_SECONDS = 60.0
"""Citadel makes a Secret within seconds of the service account, but a new Citadel first goes through all accounts."""
REPLACED_SECONDS = 150.0
"""Citadel replaces Secrets of a former root some 60 s after it starts (measured on 1.4.10); this is over twice that."""


class IdentityError(ResourceError):
    """A machine has no identity, or none that it can use; the text says why and what to do."""


def request_identity(
    cluster: Cluster, namespace: str, secret: str, spiffe_id: str, cancelled: threading.Event
) -> KeyMaterial:
    """Return the files of a machine's identity; they go to the machine and nowhere else.

    Waits for the Secret, and for Citadel to renew one that is about to end or has another root. Raises ClusterError,
    and IdentityError, with reason and remedy, if there is no usable Secret in time.
    """
    wait = Wait(cancelled, WAIT_SECONDS, most=2.0)
    while True:
        problem = _missing(namespace, secret)
        there = found(cluster, f"/api/v1/namespaces/{namespace}/secrets/{secret}")
        if there is not None:
            if there.get("type") != SECRET_TYPE:
                raise IdentityError(
                    f"Secret {namespace}/{secret} is of type {there.get('type')}, not {SECRET_TYPE}: somebody else "
                    "made it. Delete it, and Citadel makes its own"
                )
            try:
                material = key_material(part(there, "data"))
                chain = check_material(material, spiffe_id, datetime.now(timezone.utc))
                signer = citadels_signer(cluster)
                if signer is None or is_of(signer, chain, read_certificates(material.root)):
                    return material
                problem = _of_a_former_root(namespace, secret)
                wait.limit(REPLACED_SECONDS)
            except UnusableSecretError as error:
                problem = _unusable(namespace, secret, error)
        if not wait.pause():
            raise IdentityError(problem)


def _missing(namespace: str, secret: str) -> str:
    return (
        f"Citadel has made no Secret {namespace}/{secret} within {WAIT_SECONDS:.0f} s: see that it runs (`kubectl -n "
        "istio-system logs deployment/istio-citadel`), and that the namespace is one that it serves "
        "(security.enableNamespacesByDefault, label ca.istio.io/override)"
    )


def _of_a_former_root(namespace: str, secret: str) -> str:
    return (
        f"Secret {namespace}/{secret} is of another root than Citadel signs by now (ConfigMap istio-security in "
        f"istio-system), and Citadel has not replaced it within {REPLACED_SECONDS:.0f} s: delete it, and Citadel makes "
        "it anew"
    )


def _unusable(namespace: str, secret: str, error: UnusableSecretError) -> str:
    return (
        f"no machine can join by Secret {namespace}/{secret}: {error}. Delete it, and Citadel makes it anew; if that "
        "is no better, compare Citadel's root (Secret cacerts or istio-ca-secret) and the trust domain"
    )
