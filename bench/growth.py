"""What one machine costs a preview among ever more of them: all new, in files, on a cluster that answers.

Nothing may grow worse than in proportion. The engine itself checks the whole state again for each new resource, unless
it skips checkpoints, which a preview needs none of; `make preview` has it do so.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.ratio import Ratio
from sandbox.pulumi.home import prepare
from tests.engine.answering_project import AnsweringProject, answering_project
from tests.pulumi_cli import command

COUNTS = (300, 1000, 3000)
WORKLOADS = 3
SECONDS = 1200


def measure() -> Iterator[Ratio]:
    """Time, CPU time and memory for each of 1,000 and of 3,000 machines, against each of 300."""
    environment = {**os.environ, **prepare(), "PULUMI_SKIP_CHECKPOINTS": "true"}
    with (
        tempfile.TemporaryDirectory(prefix="meshx-growth-") as folder,
        answering_project(Path(folder), environment) as made,
    ):
        taken = {count: _preview(made, count) for count in COUNTS}
    few, *more = COUNTS
    for count in more:
        for position, (what, unit) in enumerate((("", "ms"), ("CPU time, ", "ms"), ("memory, ", "KiB"))):
            subject = f"preview of {count} new machines ({what}each)"
            yield Ratio(subject, f"each of {few}", taken[count][position], taken[few][position], unit, goal=1.2)


def _preview(made: AnsweringProject, count: int) -> tuple[float, float, float]:
    """Milliseconds, milliseconds of CPU time and KiB at most, of a preview of so many machines, for each of them."""
    workloads = [f"w{number}" for number in range(WORKLOADS)]
    for number, name in enumerate(workloads):
        made.write(f"inventory/{name}.csv", range(number, count, WORKLOADS))
    ports = [{"name": "http", "port": 8080}]
    made.configure(
        workloads=[
            {"name": name, "namespace": "vm", "ports": ports, "machinesFrom": [f"inventory/{name}.csv"]}
            for name in workloads
        ]
    )
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command(made.folder, "preview"), env=made.environment, stdout=said, stderr=said)
        memory, cpu = 0, dict[int, float]()
        while running.poll() is None:
            now = list(_processes(running.pid))
            memory = max(memory, sum(kib for _, _, kib in now))
            cpu |= {pid: seconds for pid, seconds, _ in now}
            time.sleep(0.2)
            if time.monotonic() - begun > SECONDS:
                running.terminate()
        if running.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"the preview of {count} machines failed: {said.read().decode()}")
    return (time.monotonic() - begun) * 1000 / count, sum(cpu.values()) * 1000 / count, memory / count


def _processes(first: int) -> Iterator[tuple[int, float, int]]:
    """A process and all below it: pid, seconds of CPU time, KiB of memory."""
    below: dict[int, list[int]] = {}
    seen: dict[int, tuple[float, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        pid, parent = int(folder.name), int(words[1])
        below.setdefault(parent, []).append(pid)
        ticks = int(words[11]) + int(words[12])
        seen[pid] = ticks / os.sysconf("SC_CLK_TCK"), int(words[21]) * os.sysconf("SC_PAGE_SIZE") // 1024
    waiting = [first]
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            yield (pid, *seen[pid])
        waiting += below.get(pid, [])
