"""Long-running processes that outlive the command that starts them, and that this or the next command finds again.

Each has a record in STATE/run/<part>.json: its process id, its start time, and its boot. Only
all three together identify a process: the kernel reuses ids.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.files import write_whole
from sandbox.paths import STATE
from sandbox.supervision import cgroups

ENTER = Path(__file__).with_name("enter-groups.sh")

_children: dict[str, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Process:
    """Exactly one process. started: clock ticks since boot (/proc/PID/stat, field 22); boot: its kernel's id."""

    pid: int
    started: int
    boot: str

    def lives(self) -> bool:
        """Whether exactly this process still runs."""
        return self == identify(self.pid)


def boot_id() -> str:
    """The kernel's id of the present boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int) -> Process | None:
    """The process that has the id `pid` now, or None. A zombie counts as gone."""
    try:
        # The name in field 2 may contain blanks and brackets; the fields after its last bracket are regular.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else Process(pid, int(fields[19]), boot_id())


def log_file(part: str) -> Path:
    """Where a part's output goes."""
    return STATE / "logs" / f"{part}.log"


def record_file(part: str) -> Path:
    """Where a part's process is recorded."""
    return STATE / "run" / f"{part}.json"


def find(part: str) -> Process | None:
    """The running process of `part`, or None; ignores the record of an ended one."""
    child = _children.get(part)
    if child and child.poll() is not None:
        del _children[part]
    try:
        process = Process(**json.loads(record_file(part).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return process if process.lives() else None


def spawn(part: str, command: Sequence[str], environment: Mapping[str, str]) -> Process | None:
    """Start `command` as the process of `part`: in its own session and control groups, output to its log file.

    First it ends what an earlier start of the part left in its groups: a start that was killed between the process
    and its record leaves an unrecorded one. Returns None if the process has already ended.
    """
    cgroups.kill(part)
    folders = [str(folder) for folder in cgroups.prepare(part)]
    log, record = log_file(part), record_file(part)
    log.parent.mkdir(parents=True, exist_ok=True)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.unlink(missing_ok=True)
    entered, entering = os.pipe()
    with log.open("ab") as output, os.fdopen(entered) as wait_for_entry:
        child = subprocess.Popen(
            ["bash", str(ENTER), str(entering), *folders, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=dict(environment),
            start_new_session=True,
            pass_fds=[entering],
        )
        os.close(entering)
        # Before it is in its groups, nobody could end it with all that it starts.
        wait_for_entry.read()
    _children[part] = child
    if process := identify(child.pid):
        write_whole(record, json.dumps(asdict(process)))
    return process


def end(part: str, grace: float) -> None:
    """End the process of `part` and what it started: SIGTERM to the process, after `grace` seconds SIGKILL to all."""
    if process := find(part):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while find(part) and time.monotonic() < deadline:
            time.sleep(0.05)
    cgroups.kill(part)
    find(part)  # collects the ended child, if it was this process's
    cgroups.remove_empty(part)
    record_file(part).unlink(missing_ok=True)
