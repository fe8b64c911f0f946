"""Objects compared without what the cluster adds: normal forms, and a live object cut to the shape of its inputs."""

import base64
import copy
from typing import Any

from meshx.provider.property_diff import has_unknown
from sandbox.pulumi.kubernetes.object_identity import gvk_of

# metadata that only the API server writes (provider.go, normalizeInputs).
_READ_ONLY_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)

# Names that the SDKs cannot carry with dashes (provider.go, underscoreToDashMap).
_UNDERSCORED = {
    name.replace("-", "_"): name
    for name in (
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    )
}
_DASHED = {dashed: underscored for underscored, dashed in _UNDERSCORED.items()}


def from_properties(value: Any) -> Any:
    """A resource's properties as the object that the API server takes: without nulls, dashes in `x-kubernetes-*`."""
    return _renamed(value, _UNDERSCORED)


def to_properties(value: Any) -> Any:
    """An object as properties of Pulumi's state: the reverse of `from_properties`."""
    return _renamed(value, _DASHED)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def normalized(obj: dict[str, Any]) -> dict[str, Any]:
    """A copy of inputs in the form that the server would give them, so that equal meanings compare equal.

    Covers what provider.go's normalizeInputs does by hand: read-only metadata go, a Secret's `stringData` becomes
    `data`, a CustomResourceDefinition loses `status` and `preserveUnknownFields: false`. Quantities and the like are
    left as they were written.
    """
    obj = copy.deepcopy(obj)
    metadata = obj.get("metadata")
    if isinstance(metadata, dict):
        for key in _READ_ONLY_METADATA:
            metadata.pop(key, None)
    if has_unknown(obj):
        return obj
    gvk = gvk_of(obj)
    if (gvk.group, gvk.kind) == ("", "Secret"):
        written = obj.pop("stringData", None) or {}
        if written:
            encoded = {key: base64.b64encode(text.encode()).decode() for key, text in written.items()}
            obj["data"] = {**(obj.get("data") or {}), **encoded}
    if (gvk.group, gvk.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        obj.pop("status", None)
        if isinstance(obj.get("spec"), dict) and obj["spec"].get("preserveUnknownFields") is False:
            del obj["spec"]["preserveUnknownFields"]
    return obj


def cut_to_shape(live: Any, inputs: Any) -> Any:
    """`live` with only those keys, at every depth, that `inputs` have too (util.go, pruneMap and pruneSlice).

    Values that differ in type stay as they are live. A list keeps as many items as the inputs' list has.
    """
    if isinstance(live, dict) and isinstance(inputs, dict):
        return {key: cut_to_shape(value, inputs[key]) for key, value in live.items() if key in inputs}
    if isinstance(live, list) and isinstance(inputs, list):
        if not live or not inputs:
            return []
        if type(live[0]) is not type(inputs[0]):
            return copy.deepcopy(live)
        return [cut_to_shape(value, wanted) for value, wanted in zip(live, inputs, strict=False)]
    return copy.deepcopy(live)
