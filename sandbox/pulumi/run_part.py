"""Runs a module of the repository as a program: `python run_part.py MODULE ARGUMENT...`, from any folder.

The launchers in Pulumi's home start it. Unlike PYTHONPATH it does not affect processes that the module starts, and
unlike `python -m` it does not put the project's folder, where the engine starts plugins, before the standard library.
"""

import runpy
import sys
from pathlib import Path

NEED_THE_SDK = ("sandbox.pulumi.gcp",)
"""Modules that check inputs against the SDK's argument types; the others start in half the time without it."""

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    module = sys.argv[1]
    del sys.argv[1]

    from meshx.plugin_base.sdk_messages import load_messages_only

    if module not in NEED_THE_SDK:
        load_messages_only()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
