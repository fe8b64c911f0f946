"""Where the sandbox keeps things: the repository, its running state and its built artifacts."""

import os
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
"""The repository's root folder."""

STATE = Path(os.environ.get("MESHX_SANDBOX_STATE") or "/var/lib/meshx-sandbox")
"""What a running sandbox writes: kubeconfig, keys, machines, logs. Removed by `down`; nothing here is a cache."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meshx"
"""What was built, one folder `<artifact>-<key>` each. Outlives the sandbox; anyone may delete it at any time."""
