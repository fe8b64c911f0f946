"""An object in Pulumi's state: the live object, and beside it how it was applied.

The layout is the official plugin's checkpoint (provider.go, checkpointObject) without its copy of the inputs,
`__inputs`: the engine hands the inputs of last time to every operation, with their secrets marked, and keeps no second
copy then. A stack that goes from this plugin to the official one is refreshed first, which puts the copy there.
"""

from typing import Any

from meshx.provider.property_values import Secret
from sandbox.pulumi.kubernetes.object_identity import gvk_of
from sandbox.pulumi.kubernetes.object_shape import from_properties, to_properties

_INITIAL_API_VERSION = "__initialApiVersion"
_FIELD_MANAGER = "__fieldManager"


def state_of(live: dict[str, Any], initial_api_version: str, manager: str) -> dict[str, Any]:
    """The outputs to keep for an object. A Secret's `data` are secret whatever they were made from."""
    properties = hide_data(to_properties(live))
    return {**properties, _INITIAL_API_VERSION: initial_api_version, _FIELD_MANAGER: manager}


def hide_data(properties: dict[str, Any]) -> dict[str, Any]:
    """A Secret's properties with its data wrapped in `Secret` (provider.go, annotateSecrets); any other's as given."""
    gvk = gvk_of(properties)
    if (gvk.group, gvk.kind) != ("", "Secret"):
        return properties
    hidden = {key: Secret(properties[key]) for key in ("data", "stringData") if key in properties}
    return {**properties, **hidden}


def live_in(state: dict[str, Any]) -> dict[str, Any]:
    """The live object as it was when the state was written."""
    return from_properties({key: value for key, value in state.items() if not key.startswith("__")})


def field_manager_in(state: dict[str, Any]) -> str:
    """The field manager's name that the object was applied with; empty for a state that has none."""
    return state.get(_FIELD_MANAGER) or ""


def initial_api_version_in(state: dict[str, Any], inputs: dict[str, Any]) -> str:
    """The apiVersion that the object was first made with."""
    return state.get(_INITIAL_API_VERSION) or inputs.get("apiVersion") or ""
