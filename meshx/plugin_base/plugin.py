"""A plugin: its name, its configuration, and which resource serves which token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from meshx.plugin_base.custom_resource import CheckFailure, Diff, Operation, Resource, ResourceError
from meshx.plugin_base.property_values import Properties


class Plugin(ABC):
    """What a plugin process serves. The engine starts one process for each provider resource of a stack."""

    name: str
    """The package's name, e.g. `meshx`."""
    version: str
    """Its version, semver without a leading v."""

    def check_config(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """The provider's configuration to keep, and what is wrong with it. Values may be UNKNOWN."""
        return news, ()

    def diff_config(self, olds: Properties, news: Properties, operation: Operation) -> Diff:
        """What a changed configuration requires. A `replaces` here replaces every resource of the provider."""
        return Diff(changes=olds != news)

    def configure(self, configuration: Properties, operation: Operation) -> None:  # noqa: B027 - not all have any
        """Accept the configuration, all of it known, with plain secrets. Raises ResourceError.

        The engine calls it once before any resource; a run that needs no resource of the plugin may never call it.
        A default provider's values come from `pulumi config` and are strings, numbers and lists too (as JSON).
        """

    @abstractmethod
    def resource_for(self, token: str) -> Resource:
        """The resource that serves a type token. Raises KeyError if the plugin has none."""

    def invoke(self, token: str, arguments: Properties, preview: bool, operation: Operation) -> Properties:
        """The result of a function. Raises ResourceError."""
        raise ResourceError(f"plugin {self.name} has no function {token}")

    constructor: Sequence[str] = ()
    """The command that makes a component of the plugin's (constructing.py); none where it has no components."""

    def schema(self) -> Properties:
        """The package schema, as JSON-able values (pulumi.com/docs: package schema)."""
        return {"name": self.name, "version": self.version, "resources": {}}
