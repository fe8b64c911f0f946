"""The identity of a workload as certificates carry it."""

from __future__ import annotations


def spiffe_id(trust_domain: str, namespace: str, service_account: str) -> str:
    """Return the SPIFFE URI that istiod signs for a service account (istio, pkg/spiffe/spiffe.go)."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"
