"""The identity of a workload in certificates, and the audience of the tokens that prove it."""

from __future__ import annotations

TOKEN_AUDIENCE = "istio-ca"  # noqa: S105 (the audience that istiod demands, no secret)


def spiffe_id(trust_domain: str, namespace: str, service_account: str) -> str:
    """Return the SPIFFE URI that istiod signs for a service account (istio, pkg/spiffe/spiffe.go)."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"
