"""Serves the plugin to the engine: `python -m sandbox.pulumi.gcp`."""

from meshx.plugin_base.serving import serve
from sandbox.pulumi.gcp.plugin import GcpPlugin

serve(GcpPlugin())
