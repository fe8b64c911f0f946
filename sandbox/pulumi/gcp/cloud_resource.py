"""What the plugin's resources have in common: inputs checked by the SDK's types, names, previews, read, differences.

It behaves as the bridge does (github.com/pulumi/pulumi-terraform-bridge, pkg/tfbridge): automatic names get seven hex
digits, a replacement deletes first if the program gives the name, a refresh updates the inputs from the state.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from meshx.plugin_base.custom_resource import CheckFailure, Diff, Operation, Read, Resource, ResourceError
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import Properties
from sandbox.gce import cloud
from sandbox.gce.googleapi import GoogleError
from sandbox.pulumi.gcp import api_limits, argument_types, argument_values

DEFAULTS = "__defaults"
"""Where the bridge notes which inputs it chose itself."""


@dataclass(frozen=True)
class Places:
    """The provider's configuration: defaults for resources. Empty if it says nothing."""

    project: str = ""
    region: str = ""
    zone: str = ""


class CloudResource(Resource):
    """A type of resource in the stand-in cloud. Its id is the object's name in cloud.py."""

    served: ClassVar[frozenset[str]]
    """The inputs that have an effect here; others are refused."""
    in_place: ClassVar[frozenset[str]]
    """Inputs that may change in place; a change of any other replaces."""
    computed: ClassVar[tuple[str, ...]] = ()
    """Outputs that only the cloud knows."""
    names_itself: ClassVar[bool] = True
    """Whether a program may leave `name` to the plugin."""

    def __init__(self, places: Places) -> None:
        self.places = places

    # --- what a type of resource says ---

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        """Make it: its id and its state. Raises GoogleError."""
        raise NotImplementedError

    def change(self, resource_id: str, changes: Properties) -> Properties:
        """Change it in place and return its state. Raises GoogleError."""
        with cloud.changing():
            return cloud.change(resource_id, changes)

    def remove(self, resource_id: str) -> None:
        """Remove it; it is no error if it is already gone. Raises GoogleError."""
        with cloud.changing():
            cloud.forget(resource_id)

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        """What is wrong with inputs beyond their types: path and reason."""
        return ()

    def comparable(self, inputs: Properties, news: Properties) -> Properties:
        """The inputs in a form where equal meaning is equal value, without what `news` leaves to the cloud."""
        return inputs

    def look(self, resource_id: str) -> Properties | None:
        """Its state now, or None."""
        return cloud.load(resource_id)

    # --- what they have in common ---

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        inputs = {key: value for key, value in news.items() if value is not None and key != DEFAULTS}
        found = argument_types.failures(operation.type, inputs, operation.name)
        if not found:
            found += [
                CheckFailure(key, f"the sandbox's gcp plugin does not do {key}; use the official plugin")
                for key in inputs
                if key not in self.served
            ]
            found += [CheckFailure(path, reason) for path, reason in self.problems(inputs)]
            kind = operation.type.rpartition(":")[2]
            found += [CheckFailure(path, reason) for path, reason in argument_values.problems(kind, inputs)]
        defaults: list[str] = []
        if self.names_itself and "name" not in inputs and "namePrefix" not in inputs:
            defaults.append("name")
            kept = olds and "name" in (olds.get(DEFAULTS) or ()) and olds.get("name")
            seed = operation.random_seed + operation.urn.encode()
            inputs["name"] = kept or f"{operation.name}-{hashlib.sha256(seed).hexdigest()[:7]}"
        return {**inputs, DEFAULTS: defaults}, found

    def diff(
        self,
        resource_id: str,
        olds: Properties,
        old_inputs: Properties,
        news: Properties,
        operation: Operation,
    ) -> Diff:
        said = {**self._placed(), **_said(news)}
        old, new = self.comparable({**self._placed(), **_said(old_inputs)}, said), self.comparable(said, said)
        fixed = "name" in said and "name" not in (news.get(DEFAULTS) or ())
        return compare(old, new, {*old, *new} - self.in_place, delete_before_replace=fixed)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        inputs = _said(news)
        if operation.preview:
            return "", {
                **self._placed(),
                **inputs,
                **unknown_outputs(key for key in self.computed if key not in inputs),
            }
        try:
            api_limits.check(inputs)
            return self.make(inputs)
        except GoogleError as error:
            raise ResourceError(f"Error creating {type(self).__name__}: {error}") from None

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        found = self.look(resource_id)
        if found is None:
            return Read("")
        if not inputs:
            said = {key for key in self.served if found.get(key)}
            return Read(resource_id, {DEFAULTS: [], **_known(found, said)}, found)
        changed = {key for key in self.in_place if found.get(key) != state.get(key)}
        own = {key: value for key, value in inputs.items() if key not in changed}
        return Read(resource_id, {**own, **_known(found, changed)}, found)

    def update(
        self,
        resource_id: str,
        olds: Properties,
        old_inputs: Properties,
        news: Properties,
        operation: Operation,
    ) -> Properties:
        changes = {key: news.get(key) for key in self.in_place if news.get(key) != old_inputs.get(key)}
        if operation.preview:
            return {**olds, **changes}
        try:
            api_limits.check({key: value for key, value in changes.items() if value is not None})
            return self.change(resource_id, changes)
        except GoogleError as error:
            raise ResourceError(f"Error updating {type(self).__name__} {resource_id!r}: {error}") from None

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        try:
            self.remove(resource_id)
        except GoogleError as error:
            raise ResourceError(f"Error deleting {type(self).__name__} {resource_id!r}: {error}") from None

    def place(self, inputs: Properties, kind: str) -> str:
        """The `project`, `region` or `zone` (kind) of a resource: its own, or the provider's. Raises GoogleError."""
        value = inputs.get(kind) or getattr(self.places, kind)
        if not value:
            raise GoogleError(f"{kind}: required field is not set")
        return str(value)

    def scope(self, inputs: Properties) -> str:
        """The part of its name between the project and the resource, for a type that may belong to one region."""
        return f"regions/{self.place(inputs, 'region')}" if "region" in self.served else "global"

    def _placed(self) -> Properties:
        known: dict[str, Any] = {"project": self.places.project, "region": self.places.region, "zone": self.places.zone}
        return {key: value for key, value in known.items() if value and key in self.served}


def _said(inputs: Properties) -> Properties:
    return {key: value for key, value in inputs.items() if key != DEFAULTS}


def _known(properties: Properties, keys: Iterable[str]) -> Properties:
    return {key: properties[key] for key in keys if properties.get(key) is not None}
