"""Loads the messages between engine and plugins without the rest of Pulumi's SDK, for processes without a program.

They are part of the package `pulumi`, which loads all that a program may use. That takes half of a plugin's start, and
the engine waits for one plugin after the other.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_messages_only() -> None:
    """Make `pulumi.runtime.proto` importable by itself; for a process that has not loaded any of the SDK yet."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None or "pulumi" in sys.modules:
        return
    root = Path(spec.origin).parent
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
