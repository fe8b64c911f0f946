"""The identity of a workload in certificates, and the audience of the tokens that prove it."""

from __future__ import annotations

import re

TOKEN_AUDIENCE = "istio-ca"  # noqa: S105 (the audience that istiod demands, no secret)

_TRUST_DOMAIN = re.compile(r"[A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?")


def is_trust_domain(text: str) -> bool:
    """Whether a text can be a trust domain, as a machine's files and flags may have it (SPIFFE-ID, section 2.1)."""
    return _TRUST_DOMAIN.fullmatch(text) is not None


def spiffe_id(trust_domain: str, namespace: str, service_account: str) -> str:
    """Return the SPIFFE URI that istiod signs for a service account (istio, pkg/spiffe/spiffe.go)."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}"


def principal(identity: str) -> str:
    """Return a SPIFFE URI as policies have it, without its scheme (istio.io, AuthorizationPolicy, Source)."""
    return identity.removeprefix("spiffe://")


def denial_name(namespace: str, service_account: str) -> str:
    """Return the name of the AuthorizationPolicy that refuses a service account; no namespace has a dot."""
    return f"meshx-revoked.{namespace}.{service_account}"


def generation_name(name: str, generation: int) -> str:
    """Return the name of what has a workload's identity, such as its service account, after so many revocations.

    It has a dot, which no name of a workload or a machine has: so it is nobody else's.
    """
    return f"{name}.r{generation}" if generation else name
