"""Serves the plugin to the engine: `python -m sandbox.pulumi.kubernetes`, or this folder as a Pulumi plugin."""

import sys
from pathlib import Path

# Run as a folder, this file's own folder comes first on the path: with it, `kubernetes` and others would be looked for
# among the plugin's modules.
sys.path[0] = str(Path(__file__).resolve().parents[3])

from meshx.provider.serving import serve  # noqa: E402
from sandbox.pulumi.kubernetes.plugin import KubernetesPlugin  # noqa: E402

serve(KubernetesPlugin())
