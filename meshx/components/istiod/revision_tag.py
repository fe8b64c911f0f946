"""A revision tag: a name for the control plane from which pods get their proxy, whichever it is at the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.adopted_facts import revisioned
from meshx.istio.labels import DEFAULT_REVISION, REVISION_LABEL
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.stack.logical_names import named

_INJECTION, _INJECT = "istio-injection", "sidecar.istio.io/inject"


def revision_tag(
    tag: str,
    mesh: MeshConfiguration,
    labels: dict[str, str],
    control_plane: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> pulumi.Resource:
    """Make the webhook by which the tag leads to the mesh's control plane; with another one it goes over to that.

    Not by the chart's `revisionTags`: Helm lets no release take over what is another's, so a tag could never move.
    istiod itself fills in the authority (pkg/webhooks/webhookpatch.go). labels: of everything made in the cluster.
    Source: istio/manifests/charts/istio-control/istio-discovery/templates/revision-tags-mwc.yaml.
    """
    name = f"istio-revision-tag-{tag}"
    of_istio = {"app": "sidecar-injector", "istio.io/tag": tag, REVISION_LABEL: mesh.revision or DEFAULT_REVISION}
    webhooks = [
        _webhook(prefix, mesh, namespaces, pods)
        for prefix, namespaces, pods in (*_by_revision(tag), *(_by_injection() if tag == DEFAULT_REVISION else ()))
    ]
    return kubernetes.admissionregistration.v1.MutatingWebhookConfiguration(
        named(name),
        metadata={"name": name, "labels": {**labels, **of_istio}},
        webhooks=cast("Any", webhooks),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=control_plane),
    )


def _by_revision(tag: str) -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Namespaces with the tag, and pods with it in namespaces that say nothing."""
    yield "rev.namespace.", [_in(REVISION_LABEL, tag), _without(_INJECTION)], [_not_in(_INJECT, "false")]
    yield (
        "rev.object.",
        [_without(REVISION_LABEL), _without(_INJECTION)],
        [_not_in(_INJECT, "false"), _in(REVISION_LABEL, tag)],
    )


def _by_injection() -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
    """Namespaces and pods that name no revision."""
    yield "namespace.", [_in(_INJECTION, "enabled")], [_not_in(_INJECT, "false")]
    yield "object.", [_without(_INJECTION), _without(REVISION_LABEL)], [_in(_INJECT, "true"), _without(REVISION_LABEL)]


def _webhook(
    prefix: str, mesh: MeshConfiguration, namespaces: list[dict[str, Any]], pods: list[dict[str, Any]]
) -> dict[str, Any]:
    service = {
        "name": revisioned("istiod", mesh.revision),
        "namespace": SYSTEM_NAMESPACE,
        "path": "/inject",
        "port": 443,
    }
    pod_creation = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
    return {
        "name": f"{prefix}sidecar-injector.istio.io",
        "clientConfig": {"service": service},
        "sideEffects": "None",
        "rules": [pod_creation],
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchExpressions": namespaces},
        "objectSelector": {"matchExpressions": pods},
    }


def _in(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": [value]}


def _not_in(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "NotIn", "values": [value]}


def _without(key: str) -> dict[str, Any]:
    return {"key": key, "operator": "DoesNotExist"}
