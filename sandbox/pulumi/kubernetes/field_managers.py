"""Who owns which field of an object: the names the plugin applies under, and how it takes fields over or gives them up.

(Kubernetes: server-side apply, `metadata.managedFields`; official plugin: await/await.go, fixCSAFieldManagers,
patchForce, handleSSAErr, handleSSAIgnoreFields; ssa/relinquish.)
"""

import copy
import re
import secrets
from collections.abc import Sequence
from typing import Any

from sandbox.pulumi.kubernetes.api_errors import ApiError
from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.object_identity import annotation, gvk_of, metadata_of

_CONFLICT_HELP = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
    "#handle-field-conflicts-on-existing-resources"
)
_TRIES = 5
_PULUMI_UPDATERS = ("pulumi-kubernetes", "pulumi-kubernetes.exe", "pulumi-resource-kubernetes")
# Writers whose fields an update takes over, as what they wrote was meant for whoever applies next.
_TAKEN_OVER = {
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    *((name, "Update") for name in _PULUMI_UPDATERS),
}


def manager_name(inputs: dict[str, Any], known: str = "") -> str:
    """The field manager to apply under: the object's annotation, else the one of the state, else a new random one.

    (provider.go, fieldManagerName)
    """
    return annotation(inputs, "pulumi.com/patchFieldManager") or known or f"pulumi-kubernetes-{secrets.token_hex(4)}"


def may_force(inputs: dict[str, Any], live: dict[str, Any] | None, manager: str, preview: bool, always: bool) -> bool:
    """Whether to overwrite what other managers own: where the program says so, and in previews that could not tell.

    `always` is the provider's enablePatchForce.
    """
    if always or annotation(inputs, "pulumi.com/patchForce") == "true":
        return True
    if not preview:
        return False
    if live is None:
        return True
    # The update proper first takes over what these wrote; a preview changes nothing, so it overwrites instead.
    updaters = {entry["manager"] for entry in _entries(live) if entry.get("operation") == "Update"}
    return bool(updaters & {*_PULUMI_UPDATERS, manager})


def conflict_text(error: ApiError, manager: str) -> str:
    """The official plugin's words for an apply that met fields of another manager."""
    return (
        f"Server-Side Apply field conflict detected. See {_CONFLICT_HELP} for troubleshooting help.\n"
        f'The resource managed by field manager "{manager}" had an apply conflict: {error}'
    )


def take_over(cluster: Cluster, live: dict[str, Any], manager: str) -> dict[str, Any]:
    """Make `manager` the applier of what client-side writers, its own create among them, put into the object.

    Returns the object as it is after that. Without this, the plugin's first apply would conflict with its own create.
    """
    for _ in range(_TRIES - 1):
        try:
            return _taken_over(cluster, live, manager)
        except ApiError as error:
            if not error.conflict:
                raise
            # A controller wrote to the object between our look at it and our change.
            metadata = live["metadata"]
            live = cluster.get(gvk_of(live), metadata.get("namespace") or "", metadata["name"])
    return _taken_over(cluster, live, manager)


def _taken_over(cluster: Cluster, live: dict[str, Any], manager: str) -> dict[str, Any]:
    taken = {*_TAKEN_OVER, (manager, "Update")}
    gone = [entry for entry in _entries(live) if _writer(entry) in taken and not entry.get("subresource")]
    if not gone:
        return live
    own = next((entry for entry in _entries(live) if _writer(entry) == (manager, "Apply")), None)
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": live["apiVersion"],
        "fieldsType": "FieldsV1",
        "fieldsV1": _union([*([own] if own else []), *gone]),
    }
    kept = [other for other in _entries(live) if other not in gone and other is not own]
    return cluster.patch(
        live,
        [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
            {"op": "replace", "path": "/metadata/managedFields", "value": [*kept, entry]},
        ],
    )


def relinquish(cluster: Cluster, obj: dict[str, Any], manager: str) -> None:
    """Give up all fields that `manager` applied; what nobody else owns goes back to its default."""
    metadata = {key: obj["metadata"][key] for key in ("name", "namespace") if obj["metadata"].get(key)}
    bare = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": metadata}
    cluster.apply(bare, manager, force=False, dry_run=False)


def leave_ignored(inputs: dict[str, Any], live: dict[str, Any], ignored: Sequence[str], manager: str) -> dict[str, Any]:
    """The inputs with `ignore_changes` kept to: another's field is left out, an own or unowned one stays as it lives.

    Paths into lists are not understood, as in the official plugin.
    """
    inputs = copy.deepcopy(inputs)
    ours = _union([entry for entry in _entries(live) if entry["manager"] == manager])
    theirs = _union([entry for entry in _entries(live) if entry["manager"] != manager])
    for path in ignored:
        steps = [quoted or bare for quoted, bare in re.findall(r'\["([^"]+)"\]|([^.\[\]]+)', path)]
        if _owned(theirs, steps) and not _owned(ours, steps):
            _remove(inputs, steps)
        elif (value := _value_at(live, steps)) is not None:
            _set(inputs, steps, value)
    return inputs


def _entries(obj: dict[str, Any]) -> list[dict[str, Any]]:
    return metadata_of(obj).get("managedFields") or []


def _writer(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["manager"], entry.get("operation", "")


def _union(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fields of several entries as one FieldsV1 tree; status, a subresource's, is not the applier's."""
    union: dict[str, Any] = {}
    for entry in entries:
        if not entry.get("subresource"):
            _merge(union, entry.get("fieldsV1") or {})
    return union


def _merge(into: dict[str, Any], fields: dict[str, Any]) -> None:
    for key, inner in fields.items():
        _merge(into.setdefault(key, {}), inner)


def _owned(fields: dict[str, Any], steps: Sequence[str]) -> bool:
    for step in steps:
        if f"f:{step}" not in fields:
            return False
        fields = fields[f"f:{step}"]
    return True


def _value_at(obj: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if not isinstance(obj, dict) or step not in obj:
            return None
        obj = obj[step]
    return obj


def _set(obj: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    for step in steps[:-1]:
        obj = obj.setdefault(step, {})
    obj[steps[-1]] = copy.deepcopy(value)


def _remove(obj: dict[str, Any], steps: Sequence[str]) -> None:
    holder = _value_at(obj, steps[:-1]) if len(steps) > 1 else obj
    if isinstance(holder, dict):
        holder.pop(steps[-1], None)
