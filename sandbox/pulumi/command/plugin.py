"""The sandbox's `command` plugin: stands in for Pulumi's official one, v1.2.1, if that is not available.

It keeps to the official behaviour of `command:remote:Command` (each module names its source, a file of
github.com/pulumi/pulumi-command; tests/conformance states it) and refuses the rest by name. docs/sandbox.md lists
its differences.
"""

from meshx.plugin_base.custom_resource import Resource, ResourceError
from meshx.plugin_base.plugin import Plugin
from sandbox.pulumi.command.remote_command import RemoteCommand

VERSION = "1.2.1"
"""The version of the official plugin that this one replaces, and reports."""

REMOTE_COMMAND = "command:remote:Command"


class CommandPlugin(Plugin):
    """Commands on hosts over SSH."""

    name = "command"
    version = VERSION

    def resource_for(self, token: str) -> Resource:
        """The resource of remote commands; ResourceError for any other, which only the official plugin has."""
        if token != REMOTE_COMMAND:
            raise ResourceError(f"the sandbox's command plugin does not do {token}; use the official plugin")
        return RemoteCommand()
