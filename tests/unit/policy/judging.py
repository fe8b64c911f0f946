"""Resources as the engine would show them, and what a rule says of them."""

from typing import Any

from meshx_policy.rules.rule import Resource, ResourceRule, StackRule, defaults

PACKAGE = {
    "name": "istio-sidecar",
    "source": "https://example.com/releases/1.31.2/istio-sidecar.deb",
    "sha256": "a" * 64,
}


def resource(kind: str, protect: bool = False, /, **properties: Any) -> Resource:
    """A resource of a type; its name is the kind, in lower case."""
    name = kind.rpartition(":")[2].lower()
    return Resource(kind, name, f"urn:pulumi:test::meshx::{kind}::{name}", properties, protect)


def join(**properties: Any) -> Resource:
    """A machine's Join that no rule finds fault with; properties replace its own."""
    inputs: dict[str, Any] = {
        "connection": {"host": "10.77.0.11", "hostKey": "ssh-ed25519 AAAA"},
        "bundle": {"package": PACKAGE, "files": {"/etc/cluster.env": {"content": "SECRET_TTL='86400s'\n"}}},
        "token": {"audience": "istio-ca", "seconds": 3600.0},
    }
    return resource("meshx:index:Join", **{**inputs, **properties})


def said(rule: ResourceRule, judged: Resource, **settings: Any) -> str:
    """All that a rule says of a resource, "" for nothing."""
    return "\n".join(rule.violations(judged, {**defaults(rule), **settings}))


def said_of_stack(rule: StackRule, *judged: Resource, **settings: Any) -> dict[str, str]:
    """What a rule says of a stack's resources, by name."""
    names = {one.urn: one.name for one in judged}
    return {names[one.urn or ""]: one.message for one in rule.violations(judged, {**defaults(rule), **settings})}
