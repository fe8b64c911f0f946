"""What is really in the cluster, for refreshes, imports and look-ups by id (provider.go, Read)."""

import copy
from typing import Any

from meshx.provider.custom_resource import Operation, Read, ResourceError
from sandbox.pulumi.kubernetes import readiness
from sandbox.pulumi.kubernetes.access import Access
from sandbox.pulumi.kubernetes.api_errors import ApiError, NoMatchError, UnreachableError
from sandbox.pulumi.kubernetes.field_managers import manager_name
from sandbox.pulumi.kubernetes.object_identity import Gvk, gvk_of, gvk_of_token, split_id
from sandbox.pulumi.kubernetes.object_shape import cut_to_shape, from_properties, normalized, to_properties
from sandbox.pulumi.kubernetes.object_state import (
    field_manager_in,
    hide_data,
    initial_api_version_in,
    live_in,
    state_of,
)

# Fields that an import does not take for inputs.
_SERVERS_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_SERVERS_ANNOTATIONS = ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration")
_GONE = Read("")


def read(access: Access, identity: str, inputs: dict[str, Any], state: dict[str, Any], operation: Operation) -> Read:
    """The live object by its id, and its inputs as the old ones would look now. Raises ResourceError."""
    if access.cluster is None:
        return read_without_cluster(access, identity, inputs, state, operation)
    namespace, name = split_id(identity)
    if not name:
        raise ResourceError(
            f"failed to read resource because of a failure to parse resource name from request ID: {identity}"
        )
    old_inputs = normalized(from_properties(inputs))
    gvk = _gvk(old_inputs, state, operation)
    looked_up = not gvk_of(old_inputs).kind
    try:
        live = access.cluster.get(gvk, namespace, name)
        reasons = () if looked_up else readiness.problems_of(access.cluster, old_inputs, live)
    except NoMatchError:
        # Without its definition a custom object cannot be there either.
        return _GONE
    except ApiError as error:
        if error.missing:
            return _GONE
        raise ResourceError(str(error)) from error
    except UnreachableError as error:
        raise ResourceError(f"configured Kubernetes cluster is unreachable: {error}") from error
    now = _inputs_of(live) if looked_up else cut_to_shape(live, old_inputs)
    manager = manager_name(old_inputs, field_manager_in(state))
    return Read(
        identity,
        hide_data(to_properties(now)),
        state_of(live, initial_api_version_in(state, live), manager),
        reasons,
    )


def _gvk(inputs: dict[str, Any], state: dict[str, Any], operation: Operation) -> Gvk:
    for known in (inputs, live_in(state)):
        if gvk_of(known).kind:
            return gvk_of(known)
    return gvk_of_token(operation.type)


def _inputs_of(live: dict[str, Any]) -> dict[str, Any]:
    """What an import takes for inputs: the object without what only the cluster writes."""
    inputs = copy.deepcopy({key: value for key, value in live.items() if key != "status"})
    for key in _SERVERS_METADATA:
        inputs["metadata"].pop(key, None)
    for key in _SERVERS_ANNOTATIONS:
        inputs["metadata"].get("annotations", {}).pop(key, None)
    return inputs


def read_without_cluster(
    access: Access, identity: str, inputs: dict[str, Any], state: dict[str, Any], operation: Operation
) -> Read:
    """The answer to a read while the cluster cannot be reached: mostly a ResourceError."""
    operation.warn(f"configured Kubernetes cluster is unreachable: {access.unreachable}")
    if access.configuration.delete_unreachable:
        operation.inform(
            "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "
            "Deleting the unreachable resource from Pulumi state"
        )
        return _GONE
    if access.configuration.skip_update_unreachable:
        operation.inform(
            "configured Kubernetes cluster is unreachable and the `skipUnreachable` option is enabled. "
            "Returned data could not reflect the actual cluster configuration."
        )
        return Read(identity, inputs, state)
    raise ResourceError(
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this "
        "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment "
        'variable set to "true"'
    )
