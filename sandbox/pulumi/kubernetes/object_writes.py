"""Objects made, changed and removed in the cluster, and waited for (official plugin: await/await.go)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.pulumi.kubernetes.api_errors import ApiError, ClusterError, NoMatchError, UnreachableError
from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.field_managers import (
    conflict_text,
    leave_ignored,
    may_force,
    relinquish,
    take_over,
)
from sandbox.pulumi.kubernetes.object_identity import annotation, gvk_of, metadata_of
from sandbox.pulumi.kubernetes.readiness.waiting import NotReadyError

_TRIES = 5
_DELETION_SECONDS = 600.0
_DELETION_PERIOD_SECONDS = 0.3
_PROPAGATION = {"orphan": "Orphan", "background": "Background"}
# Kinds whose deletion is not waited for with pulumi.com/skipAwait (metadata/overrides.go, allowsSkipAwaitWithDelete).
_DELETION_SKIPPED = {
    ("", "Namespace"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
}

_Result = TypeVar("_Result")


class ApplyConflictError(ClusterError):
    """An apply met fields that another manager owns; the text is the official plugin's."""


@dataclass(frozen=True)
class Write:
    """How to write: as which field manager, whether only to try, whether over what others own or what is there."""

    manager: str
    preview: bool = False
    patch: bool = False
    """Whether the resource is a `*Patch`: it applies to an object of others."""
    upsert: bool = False
    """The provider's upsertExistingObjects: a create takes over an object that is there already."""
    patch_force: bool = False
    """The provider's enablePatchForce."""


def create(cluster: Cluster, inputs: dict[str, Any], write: Write, cancelled: threading.Event) -> dict[str, Any]:
    """Make the object, tried again while its kind, or something it needs, is not there yet; the object as made.

    A POST, so that an object which is there already is an error (pulumi-kubernetes#4278); an apply for a `*Patch` and
    with `upsert`. Raises ClusterError.
    """
    if not write.patch and not write.upsert:
        return _retried(lambda: cluster.create(inputs, write.manager, write.preview), write, cancelled)
    force = may_force(inputs, None, write.manager, write.preview, write.patch_force)
    return _retried(lambda: _applied(cluster, inputs, write, force), write, cancelled)


def _retried(attempt: Callable[[], _Result], write: Write, cancelled: threading.Event) -> _Result:
    for tries in range(_TRIES):
        try:
            return attempt()
        except (ApiError, NoMatchError) as error:
            gone = isinstance(error, NoMatchError) or error.missing
            # A preview knows that the namespace may be made by the very update it previews.
            hopeless = isinstance(error, ApiError) and error.namespace_missing and write.preview
            if not gone or hopeless or tries == _TRIES - 1 or cancelled.wait(2**tries):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _applied(cluster: Cluster, inputs: dict[str, Any], write: Write, force: bool) -> dict[str, Any]:
    try:
        return cluster.apply(inputs, write.manager, force, write.preview)
    except ApiError as error:
        if error.conflict:
            raise ApplyConflictError(conflict_text(error, write.manager)) from error
        raise


def update(
    cluster: Cluster, inputs: dict[str, Any], ignored: list[str], write: Write
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bring the live object to the inputs: the object before and after. Raises as `create` does; does not wait."""
    metadata = metadata_of(inputs)
    live = cluster.get(gvk_of(inputs), metadata.get("namespace") or "", metadata["name"])
    gvk = gvk_of(inputs)
    if (gvk.group, gvk.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        # A PUT, as `kubectl replace` does: it leaves the objects of the kind alone (await.go, updateResource).
        version = live["metadata"]["resourceVersion"]
        return live, cluster.replace(
            {**inputs, "metadata": {**metadata, "resourceVersion": version}}, write.manager, write.preview
        )
    taken = live if write.preview or write.patch else take_over(cluster, live, write.manager)
    inputs = leave_ignored(inputs, taken, ignored, write.manager)
    force = may_force(inputs, taken, write.manager, write.preview, write.patch_force)
    return live, _applied(cluster, inputs, write, force)


def delete(
    cluster: Cluster,
    live: dict[str, Any],
    inputs: dict[str, Any],
    timeout: float,
    cancelled: threading.Event,
) -> None:
    """Delete the object (dependents first, unless annotated otherwise) and wait until it is gone.

    One that is gone already is no error. Raises ClusterError, or NotReadyError with the object
    that is still there.
    """
    policy = annotation(inputs, "pulumi.com/deletionPropagationPolicy").lower()
    try:
        cluster.delete(live, _PROPAGATION.get(policy, "Foreground"))
    except NoMatchError:
        return
    except ApiError as error:
        if error.missing:
            return
        raise
    gvk = gvk_of(live)
    if annotation(inputs, "pulumi.com/skipAwait") == "true" and (gvk.group, gvk.kind) in _DELETION_SKIPPED:
        return
    annotated = annotation(inputs, "pulumi.com/timeoutSeconds")
    seconds = timeout or (float(annotated) if annotated.isdigit() else 0.0) or _DELETION_SECONDS
    _wait_until_gone(cluster, live, seconds, cancelled)


def _wait_until_gone(cluster: Cluster, live: dict[str, Any], seconds: float, cancelled: threading.Event) -> None:
    metadata = live["metadata"]
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = cluster.find(gvk_of(live), metadata.get("namespace") or "", metadata["name"])
        except NoMatchError:
            return
        except UnreachableError:
            found = live
        # Another object of the same name, made by somebody else meanwhile, is not the one that was deleted.
        if found is None or (metadata.get("uid") and found["metadata"]["uid"] != metadata["uid"]):
            return
        stopped = cancelled.is_set()
        if stopped or time.monotonic() >= deadline:
            finalizers = ", ".join(found["metadata"].get("finalizers") or [])
            problems = (f"finalizers might be preventing deletion ({finalizers})",) if finalizers else ()
            text = "timed out waiting for the condition"
            if stopped:
                text = f'Resource operation was cancelled for "{metadata["name"]}"'
            raise NotReadyError(found, text, problems)
        cancelled.wait(_DELETION_PERIOD_SECONDS)


def relinquish_patch(cluster: Cluster, live: dict[str, Any], manager: str) -> None:
    """End a `*Patch`: its fields are given up, the object stays. An object that is gone is no error."""
    try:
        relinquish(cluster, live, manager)
    except NoMatchError:
        return
    except ApiError as error:
        if error.missing:
            return
        causes = error.details.get("causes") or []
        required = next((cause for cause in causes if cause.get("reason") == "FieldValueRequired"), None)
        if required:
            raise ApiError(
                error.code,
                {
                    "message": "this Patch resource is currently managing a required field, so it can't be deleted "
                    "directly. Either set the `retainOnDelete` resource option, or transfer ownership of the "
                    f"field before deleting: {required.get('field')}"
                },
            ) from error
        raise
