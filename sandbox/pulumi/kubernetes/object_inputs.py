"""The inputs of an object as they are kept: named, placed in a namespace, in normal form (provider.go, Check)."""

from typing import Any

from meshx.provider.custom_resource import CheckFailure, Operation, ResourceError
from meshx.provider.property_values import UNKNOWN
from sandbox.pulumi.kubernetes import readiness
from sandbox.pulumi.kubernetes.access import Access
from sandbox.pulumi.kubernetes.object_identity import (
    AUTONAMED,
    adopt_or_make_name,
    annotation,
    gvk_of,
    gvk_of_token,
    is_named,
    is_patch,
    metadata_of,
)
from sandbox.pulumi.kubernetes.object_shape import from_properties, normalized, to_properties
from sandbox.pulumi.kubernetes.object_state import hide_data


def checked(
    access: Access, news: dict[str, Any], olds: dict[str, Any] | None, operation: Operation
) -> tuple[dict[str, Any], list[CheckFailure]]:
    """The inputs to keep, and what is wrong with them. Raises ResourceError for what the official plugin refuses."""
    if operation.type.endswith("List"):
        raise ResourceError(
            "list resources exist for compatibility with YAML manifests and Helm charts, "
            "and cannot be created directly. Use the underlying resource type instead"
        )
    inputs = normalized(from_properties(news))
    if is_patch(operation.type, inputs) and not is_named(inputs):
        raise ResourceError("patch resources require the resource `.metadata.name` to be set")
    if annotation(inputs, AUTONAMED):
        operation.warn(f'ignoring user-specified value for internal annotation "{AUTONAMED}"')
    adopt_or_make_name(inputs, olds, operation.name, operation.random_seed)
    gvk = gvk_of(inputs) if gvk_of(inputs).kind else gvk_of_token(operation.type)
    metadata = inputs.get("metadata")
    if metadata is not UNKNOWN and not _named_namespace(inputs) and access.namespaced(gvk):
        metadata_of(inputs)["namespace"] = access.configuration.namespace
    refused = readiness.refusal(inputs)
    return hide_data(to_properties(inputs)), [CheckFailure("kind", refused)] if refused else []


def _named_namespace(inputs: dict[str, Any]) -> bool:
    namespace = metadata_of(inputs).get("namespace")
    return namespace is UNKNOWN or bool(namespace)
