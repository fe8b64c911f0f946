"""Tokens and certificates of machines have short lifetimes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from policy.rules.rule import Resource, ResourceRule, Setting, Settings, value_at

LONGEST_TOKEN = "longestTokenSeconds"  # noqa: S105 - the name of a setting
LONGEST_CERTIFICATE = "longestCertificateSeconds"
_SECRET_TTL = re.compile(r"""^\s*(?:export\s+)?SECRET_TTL=['"]?(\d+)s""", re.MULTILINE)


def violations(resource: Resource, settings: Settings) -> Iterator[str]:
    """The tokens and certificates of a resource that are valid for too long."""
    if resource.type == "kubernetes:core/v1:Secret" and resource.at("type") == "kubernetes.io/service-account-token":
        yield "its token never expires. Remove it: machines get short-lived tokens when they join"
    if resource.type != "meshx:index:Join":
        return
    seconds = resource.at("token", "seconds")
    if isinstance(seconds, int | float) and seconds > settings[LONGEST_TOKEN]:
        yield (
            f"token.seconds is {seconds:.0f}: whoever steals it can join as this machine for that long. Write "
            f"`lifetimeSeconds: {settings[LONGEST_TOKEN]}` or less in meshx:tokens"
        )
    for lifetime in _certificate_seconds(resource):
        if lifetime > settings[LONGEST_CERTIFICATE]:
            yield (
                f"certificates are valid for {lifetime} seconds, also a stolen one. Write `lifetimeSeconds: "
                f"{settings[LONGEST_CERTIFICATE]}` or less in meshx:certificates"
            )


def _certificate_seconds(join: Resource) -> Iterator[int]:
    """The lifetime that the sidecar requests, from its environment file (pilot-agent's SECRET_TTL)."""
    files = join.at("bundle", "files")
    for file in cast("Mapping[str, Any]", files).values() if isinstance(files, Mapping) else ():
        content = value_at(file, "content")
        if isinstance(content, str):
            yield from (int(found) for found in _SECRET_TTL.findall(content))


RULE = ResourceRule(
    "short-lifetimes",
    "Tokens and certificates of machines are valid for a short time only.",
    violations,
    {
        LONGEST_TOKEN: Setting({"type": "integer"}, 3600),
        LONGEST_CERTIFICATE: Setting({"type": "integer"}, 7 * 24 * 3600),
    },
)
