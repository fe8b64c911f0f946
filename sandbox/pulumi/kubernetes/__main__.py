"""Serves the plugin to the engine: `python -m sandbox.pulumi.kubernetes`."""

from meshx.provider.serving import serve
from sandbox.pulumi.kubernetes.plugin import KubernetesPlugin

serve(KubernetesPlugin())
