"""What a program loads: time and memory of importing meshx, against those of importing Pulumi, and what stays unloaded.

Each import is in a process of its own. What Compute Engine adds is loaded by stacks that have instances.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench.ratio import Ratio
from sandbox.paths import REPO

ROUNDS = 5
MESHX = "import meshx.mesh, meshx.stack.stack_configuration, meshx.stack.providers"
WITH_INSTANCES = (
    f"{MESHX}, meshx.components.gce.compute_engine, meshx.components.gce.instance, meshx.components.gce.group"
)
BARE = "import pulumi, pulumi_kubernetes"
OPTIONAL = ("asyncssh", "kubernetes", "meshx.doctor", "meshx.machine.joining", "pulumi_command", "pulumi_gcp", "rich")
"""What only some stacks, the plugin or the doctor need."""
# Not by getrusage, whose peak a process has from the one that started it, too.
_MEASURED = """
import time
begun = time.process_time()
{}
print(time.process_time() - begun)
print(next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
_LOADED = "import sys; {}; print(*sys.modules)"


def measure() -> Iterator[Ratio]:
    """CPU time and memory of meshx's imports against those of a bare program, and of instances against none."""
    bare, meshx, instances = _imported(BARE), _imported(MESHX), _imported(WITH_INSTANCES)
    yield Ratio("importing meshx (CPU time)", "importing pulumi and pulumi_kubernetes", meshx[0], bare[0])
    yield Ratio("importing meshx (memory)", "importing pulumi and pulumi_kubernetes", meshx[1], bare[1], "MiB")
    yield Ratio("importing meshx and Compute Engine (CPU time)", "importing meshx", instances[0], meshx[0])
    yield Ratio("importing meshx and Compute Engine (memory)", "importing meshx", instances[1], meshx[1], "MiB")
    if loaded := loaded_of(OPTIONAL):
        raise RuntimeError(f"importing meshx loads {', '.join(loaded)}, which few stacks need")
    sys.stdout.write(f"importing meshx loads nothing of {', '.join(OPTIONAL)}\n")


def loaded_of(optional: tuple[str, ...]) -> list[str]:
    """Which of these modules come along when meshx is imported."""
    loaded = set(_python(_LOADED.format(MESHX)).split())
    return [name for name in optional if name in loaded]


def _imported(statement: str) -> tuple[float, float]:
    """Seconds of CPU time and MiB of memory, the least of some runs; the first one, which compiles, does not count."""
    runs = [[float(word) for word in _python(_MEASURED.format(statement)).split()] for _ in range(ROUNDS + 1)][1:]
    return min(run[0] for run in runs), min(run[1] for run in runs)


def _python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, cwd=REPO, capture_output=True, text=True).stdout
