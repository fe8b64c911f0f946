"""Any Kubernetes object as a Pulumi resource (official plugin: provider/pkg/provider/provider.go)."""

from collections.abc import Sequence
from typing import Any

from meshx.provider.custom_resource import (
    CheckFailure,
    Diff,
    Operation,
    PartialFailure,
    Read,
    Resource,
    ResourceError,
)
from meshx.provider.property_diff import has_unknown
from meshx.provider.property_values import UNKNOWN
from sandbox.pulumi.kubernetes import object_writes, readiness
from sandbox.pulumi.kubernetes.access import Access
from sandbox.pulumi.kubernetes.api_errors import ApiError, ClusterError, NoMatchError
from sandbox.pulumi.kubernetes.cluster import Cluster
from sandbox.pulumi.kubernetes.field_managers import manager_name, relinquish
from sandbox.pulumi.kubernetes.object_diff import REPLACE_KINDS, detailed_diff, merge_patch, without_ignored
from sandbox.pulumi.kubernetes.object_identity import (
    AUTONAMED,
    annotation,
    gvk_of,
    id_of,
    is_named,
    is_patch,
    metadata_of,
)
from sandbox.pulumi.kubernetes.object_inputs import checked
from sandbox.pulumi.kubernetes.object_lookup import read
from sandbox.pulumi.kubernetes.object_shape import cut_to_shape, from_properties, normalized
from sandbox.pulumi.kubernetes.object_state import field_manager_in, initial_api_version_in, live_in, state_of
from sandbox.pulumi.kubernetes.object_writes import Write
from sandbox.pulumi.kubernetes.readiness.wait_for import MalformedWaitForError
from sandbox.pulumi.kubernetes.replacement import IDENTITY, fixed_fields, is_fixed


class ObjectResource(Resource):
    """Serves all objects of all kinds, `*Patch` resources among them, for one provider."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def check(
        self, news: dict[str, Any], olds: dict[str, Any] | None, operation: Operation
    ) -> tuple[dict[str, Any], Sequence[CheckFailure]]:
        if self._access.cluster is None and self._access.configuration.skip_update_unreachable and olds is not None:
            operation.warn("Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...")
            return olds, ()
        return checked(self._access, news, olds, operation)

    def diff(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> Diff:
        """New inputs against the live object of the state, cut to the old inputs' shape, so that drift shows."""
        live, inputs = live_in(olds), normalized(from_properties(news))
        pruned = cut_to_shape(live, normalized(from_properties(old_inputs)))
        self._settle_namespace(pruned, inputs, live)
        if is_named(inputs) and pruned.get("metadata") is not UNKNOWN:
            pruned.setdefault("metadata", {})["name"] = live["metadata"]["name"]
        configuration = self._access.configuration
        fixed = IDENTITY
        if not is_patch(operation.type, inputs):
            fixed = fixed_fields(inputs, configuration.mutable_config_maps, configuration.mutable_secrets)
        detailed = detailed_diff(
            merge_patch(pruned, inputs), pruned, inputs, pruned, lambda path, value: is_fixed(path, value, fixed)
        )
        detailed = without_ignored(detailed, operation.ignore_changes)
        replaces = [path for path, kind in detailed.items() if kind in REPLACE_KINDS or path == "metadata"]
        metadata, live_metadata = metadata_of(inputs), live["metadata"]
        delete_first = (
            bool(replaces)
            and annotation(inputs, AUTONAMED) != "true"
            and isinstance(metadata.get("name"), str)
            and metadata["name"] == live_metadata["name"]
            and metadata.get("namespace", "") == live_metadata.get("namespace", "")
        )
        return Diff(bool(detailed), replaces, delete_first, detailed, from_inputs=False)

    def _settle_namespace(self, pruned: dict[str, Any], inputs: dict[str, Any], live: dict[str, Any]) -> None:
        """Make "default" and no namespace the same, and drop the namespace of an object that has none."""
        namespaced = self._access.namespaced(gvk_of(inputs if gvk_of(inputs).kind else live))
        for obj in (pruned, inputs):
            metadata = obj.setdefault("metadata", {})
            if metadata is UNKNOWN:
                continue
            if not namespaced:
                metadata.pop("namespace", None)
            elif metadata.get("namespace") is not UNKNOWN and not metadata.get("namespace"):
                metadata["namespace"] = "default"

    def create(self, news: dict[str, Any], operation: Operation) -> tuple[str, dict[str, Any]]:
        inputs, access = normalized(from_properties(news)), self._access
        patch = is_patch(operation.type, inputs)
        if operation.preview and (has_unknown(inputs) or not access.knows(gvk_of(inputs)) or patch):
            return "", news
        cluster = access.reached()
        manager = manager_name(inputs)
        write = Write(manager, operation.preview, patch, access.configuration.upsert, access.configuration.patch_force)
        try:
            live = object_writes.create(cluster, inputs, write, operation.cancelled)
        except ClusterError as error:
            if operation.preview and _unforeseeable(error):
                return "", news
            raise ResourceError(_creation_failed(operation, inputs, error)) from error
        api_version = inputs["apiVersion"]
        if operation.preview:
            live.pop("status", None)
            return "", state_of(live, api_version, manager)
        try:
            live = _await_ready(cluster, inputs, live, None, operation)
        except readiness.NotReadyError as error:
            text = (
                f'resource "{operation.urn}" was successfully created, but the Kubernetes API server '
                f"reported that it failed to fully initialize or become live: {error}"
            )
            state = state_of(error.live, api_version, manager)
            raise PartialFailure(id_of(error.live), state, [text, *error.problems]) from error
        except (ClusterError, MalformedWaitForError) as error:
            text = (
                f'resource "{operation.urn}" was successfully created, but the Kubernetes API server '
                f"reported that it failed to fully initialize or become live: {error}"
            )
            raise PartialFailure(id_of(live), state_of(live, api_version, manager), [text]) from error
        return id_of(live), state_of(live, api_version, manager)

    def read(self, resource_id: str, inputs: dict[str, Any], state: dict[str, Any], operation: Operation) -> Read:
        return read(self._access, resource_id, inputs, state, operation)

    def update(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> dict[str, Any]:
        inputs, access = normalized(from_properties(news)), self._access
        if operation.preview and (has_unknown(inputs) or not access.knows(gvk_of(inputs))):
            return news
        cluster = access.reached()
        known = field_manager_in(olds)
        manager, old_manager = manager_name(inputs, known), manager_name(from_properties(old_inputs), known)
        patch = is_patch(operation.type, inputs)
        write = Write(manager, operation.preview, patch, patch_force=access.configuration.patch_force)
        api_version = initial_api_version_in(olds, inputs)
        live = live_in(olds)
        try:
            before, live = object_writes.update(cluster, inputs, list(operation.ignore_changes), write)
            if operation.preview:
                return state_of(live, api_version, manager)
            live = _await_ready(cluster, inputs, live, before, operation)
            if old_manager != manager:
                relinquish(cluster, live, old_manager)
        except (ClusterError, readiness.NotReadyError, MalformedWaitForError) as error:
            if operation.preview and isinstance(error, ApiError) and error.forbidden:
                return news
            self._update_failed(error, live, api_version, manager, operation)
        return state_of(live, api_version, manager)

    def _update_failed(
        self, error: Exception, live: dict[str, Any], api_version: str, manager: str, operation: Operation
    ) -> None:
        if isinstance(error, NoMatchError):
            raise ResourceError(
                f'update of resource "{operation.urn}" failed because the Kubernetes API server reported that the '
                "apiVersion for this resource does not exist. Verify that any required CRDs have been created: "
                f"{error}"
            ) from error
        try:
            live = self._access.reached().get(
                gvk_of(live), live["metadata"].get("namespace") or "", live["metadata"]["name"]
            )
        except ClusterError as unread:
            raise ResourceError(
                f'update of resource "{operation.urn}" failed: {error}\nunable to get cluster state: {unread}'
            ) from error
        text = (
            f'the Kubernetes API server reported that "{id_of(live)}" failed to fully initialize '
            f"or become live: {error}"
        )
        problems = error.problems if isinstance(error, readiness.NotReadyError) else ()
        state = state_of(live, api_version, manager)
        raise PartialFailure(id_of(live), state, [text, *problems]) from error

    def delete(self, resource_id: str, olds: dict[str, Any], old_inputs: dict[str, Any], operation: Operation) -> None:
        access = self._access
        if access.cluster is None:
            operation.warn(f"configured Kubernetes cluster is unreachable: {access.unreachable}")
            if access.configuration.delete_unreachable:
                operation.inform(
                    "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "
                    "Deleting the unreachable resource from Pulumi state"
                )
                return
            raise ResourceError(
                "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this "
                "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE "
                'environment variable set to "true"'
            )
        live, inputs = live_in(olds), from_properties(old_inputs)
        try:
            if is_patch(operation.type, live):
                object_writes.relinquish_patch(access.cluster, live, manager_name(inputs, field_manager_in(olds)))
            else:
                object_writes.delete(access.cluster, live, inputs, operation.timeout, operation.cancelled)
        except readiness.NotReadyError as error:
            for problem in error.problems:
                operation.warn(problem)
            raise ResourceError(str(error)) from error
        except ClusterError as error:
            raise ResourceError(str(error)) from error


def _await_ready(
    cluster: Cluster, inputs: dict[str, Any], live: dict[str, Any], before: dict[str, Any] | None, operation: Operation
) -> dict[str, Any]:
    return readiness.await_ready(
        cluster, inputs, live, before=before, timeout=operation.timeout, cancelled=operation.cancelled
    )


def _unforeseeable(error: Exception) -> bool:
    """Whether a preview's failure says nothing of the update to come: inputs are shown then (provider.go, Create)."""
    if not isinstance(error, ApiError):
        return False
    dry_run_refused = error.reason == "BadRequest" and "dry run" in str(error)
    return error.forbidden or error.exists or error.namespace_missing or dry_run_refused


def _creation_failed(operation: Operation, inputs: dict[str, Any], error: Exception) -> str:
    if isinstance(error, NoMatchError):
        gvk = gvk_of(inputs)
        return (
            f'creation of resource "{operation.urn}" with kind {gvk.api_version}/{gvk.kind} failed because the '
            "Kubernetes API server reported that the apiVersion for this resource does not exist. "
            f"Verify that any required CRDs have been created: {error}"
        )
    return f'resource "{operation.urn}" was not successfully created by the Kubernetes API server: {error}'
