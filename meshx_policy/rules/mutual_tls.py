"""Both sides of a call in the mesh use mutual TLS, or the configuration says why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from meshx_policy.rules.kubernetes_types import RELEASE, is_istio
from meshx_policy.rules.rule import (
    UNKNOWN,
    Resource,
    ResourceRule,
    Setting,
    Settings,
    StackRule,
    Violation,
    value_at,
)

EXCEPTION_ANNOTATION = "meshx/mutual-tls-exception"
"""The reason why an object may do without mutual TLS."""
EXCEPTION = "exception"
ROOT_NAMESPACE = "istio-system"
_STRICT = ("STRICT", UNKNOWN)
_WITHOUT = ("DISABLE", "SIMPLE")


def violations(resource: Resource, _settings: Settings) -> Iterator[str]:
    """What in an object accepts or makes calls without a certificate."""
    if resource.at("metadata", "annotations", EXCEPTION_ANNOTATION):
        return
    found: Iterator[str] = iter(())
    if is_istio(resource.type, "security", "PeerAuthentication"):
        found = _of_authentication(resource)
    elif is_istio(resource.type, "networking", "DestinationRule"):
        found = _of_destination(resource)
    for place in found:
        yield f"{place}. Remove it, or give the reason in the annotation {EXCEPTION_ANNOTATION}"


def _of_authentication(resource: Resource) -> Iterator[str]:
    mode = resource.at("spec", "mtls", "mode")
    if mode is not None and mode not in _STRICT:
        yield f"spec.mtls.mode is {mode}: it accepts callers without a certificate. Write STRICT"
    for port, mtls in _mapping(resource.at("spec", "portLevelMtls")).items():
        mode = value_at(mtls, "mode")
        if mode not in (*_STRICT, None):
            yield f"spec.portLevelMtls.{port}.mode is {mode}: it accepts callers without a certificate"


def _of_destination(resource: Resource) -> Iterator[str]:
    host = str(resource.at("spec", "host"))
    if not host.endswith((".local", ".global")) and "." in host:
        return  # a host outside the mesh, which has no mesh certificate
    mode = resource.at("spec", "trafficPolicy", "tls", "mode")
    if mode in _WITHOUT:
        yield f"spec.trafficPolicy.tls.mode is {mode}: callers of {host} show no certificate"


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def mesh_violations(resources: Sequence[Resource], settings: Settings) -> Iterator[Violation]:
    """An installed control plane whose mesh accepts callers without a certificate, which is Istio's default."""
    istiod = next((one for one in resources if one.type == RELEASE and _is_istiod(one)), None)
    if istiod is None or settings[EXCEPTION] or any(_makes_strict(one) for one in resources):
        return
    yield Violation(
        "the stack installs istiod, and its mesh accepts callers without a certificate. Write `mutualTls: strict` in "
        f"meshx:mesh, or give the reason in this rule's setting `{EXCEPTION}`",
        istiod.urn,
    )


def _is_istiod(release: Resource) -> bool:
    return str(release.at("chart")).rstrip("/").rpartition("/")[2] == "istiod"


def _makes_strict(resource: Resource) -> bool:
    return (
        is_istio(resource.type, "security", "PeerAuthentication")
        and resource.at("metadata", "namespace") == ROOT_NAMESPACE
        and not resource.at("spec", "selector")
        and resource.at("spec", "mtls", "mode") == "STRICT"
    )


RULE = ResourceRule(
    "strict-mutual-tls",
    "PeerAuthentications and DestinationRules require mutual TLS, or say why not.",
    violations,
)
MESH_RULE = StackRule(
    "mesh-is-strict",
    "A mesh that the stack installs accepts only callers with a certificate, or the setting says why not.",
    mesh_violations,
    {EXCEPTION: Setting({"type": "string"}, "")},
)
