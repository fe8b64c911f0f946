"""Serves the plugin to the engine: `python -m sandbox.pulumi.command`."""

from meshx.provider.serving import serve
from sandbox.pulumi.command.plugin import CommandPlugin

serve(CommandPlugin())
