"""The messages between engine and plugins without the rest of Pulumi's SDK, for processes that run no program.

They are a part of the package `pulumi`, which loads all that a program may use. That is half of what a plugin takes to
start, and the engine waits for each plugin in turn.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_messages_only() -> None:
    """Let `pulumi.runtime.proto` be imported by itself; for a process that has nothing of the SDK loaded yet."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None or "pulumi" in sys.modules:
        return
    root = Path(spec.origin).parent
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
