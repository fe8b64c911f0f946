"""Tokens and certificates of machines have short lifetimes."""

from __future__ import annotations

from collections.abc import Iterator

from meshx_policy.rules.rule import Resource, ResourceRule, Setting, Settings
from meshx_policy.rules.sidecars import sidecar_of

LONGEST_TOKEN = "longestTokenSeconds"  # noqa: S105 - the name of a setting
LONGEST_CERTIFICATE = "longestCertificateSeconds"


def violations(resource: Resource, settings: Settings) -> Iterator[str]:
    """The tokens and certificates of a resource that are valid for too long."""
    if resource.type == "kubernetes:core/v1:Secret" and resource.at("type") == "kubernetes.io/service-account-token":
        yield "its token never expires. Remove it: machines get short-lived tokens when they join"
    sidecar = sidecar_of(resource)
    if sidecar is None:
        return
    for seconds in sorted({one for one in sidecar.token_seconds if one > settings[LONGEST_TOKEN]}):
        yield (
            f"tokens are valid for {seconds:.0f} seconds: whoever steals one can join as this machine for that "
            f"long. Write `lifetimeSeconds: {settings[LONGEST_TOKEN]}` or less in meshx:tokens"
        )
    for seconds in sorted({one for one in sidecar.certificate_seconds if one > settings[LONGEST_CERTIFICATE]}):
        yield (
            f"certificates are valid for {seconds} seconds, also a stolen one. Write `lifetimeSeconds: "
            f"{settings[LONGEST_CERTIFICATE]}` or less in meshx:certificates"
        )


RULE = ResourceRule(
    "short-lifetimes",
    "Tokens and certificates of machines are valid for a short time only.",
    violations,
    {
        LONGEST_TOKEN: Setting({"type": "integer"}, 3600),
        LONGEST_CERTIFICATE: Setting({"type": "integer"}, 7 * 24 * 3600),
    },
)
