"""How many service account tokens the cluster was asked for, by the apiserver's own count."""

from __future__ import annotations

from kubernetes import client

from sandbox.kubernetes import apiserver, cluster

_COUNTER = "apiserver_request_total{"
_OF_TOKENS = ('resource="serviceaccounts"', 'subresource="token"')


def token_requests() -> int:
    """All requests for tokens since the apiserver's start, whoever made them."""
    lines = apiserver.get("/metrics").splitlines()
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in lines
        if line.startswith(_COUNTER) and all(label in line for label in _OF_TOKENS)
    )


def request_one_token() -> None:
    """Ask for a token that nobody uses."""
    asked = {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 600}}
    client.CoreV1Api(cluster.api()).create_namespaced_service_account_token("default", "default", asked)
