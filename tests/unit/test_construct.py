"""The process that makes a component: it ends with its plugin."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
print(child.pid, flush=True)
time.sleep(120)
"""
CHILD = """
import sys, threading, time
from meshx.construct import _end_with
threading.Thread(target=_end_with, args=(int(sys.argv[1]),), daemon=True).start()
print("looks", flush=True)
time.sleep(120)
"""


def test_it_ends_once_the_plugin_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PLUGIN, CHILD], stdout=subprocess.PIPE, text=True, cwd=ROOT) as plugin:
        assert plugin.stdout is not None
        child = int(plugin.stdout.readline())
        assert plugin.stdout.readline() == "looks\n"
        os.kill(plugin.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{child}").exists():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.2)
