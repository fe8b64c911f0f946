"""The commands of `python -m sandbox`, each as a function from its arguments to an exit code."""

import argparse
import subprocess
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from sandbox import lifecycle, machines, parts
from sandbox.builds import BuildError
from sandbox.lifecycle import LeftoverError
from sandbox.network.namespace import NetworkError
from sandbox.supervision import cgroups, processes, supervisor
from sandbox.supervision.cgroups import StillThereError
from sandbox.supervision.supervisor import PartError

LOG_LINES = 100
MEBIBYTE = 1 << 20


def run(given: argparse.Namespace) -> int:
    """Run the command that `given` names; returns the exit code. Prints errors on standard error."""
    try:
        return _COMMANDS[given.command](given) or 0
    except (PartError, NetworkError, BuildError, LeftoverError, StillThereError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _up(_: argparse.Namespace) -> None:
    lifecycle.up(_say)


def _down(_: argparse.Namespace) -> None:
    lifecycle.down(_say)


def _status(_: argparse.Namespace) -> int:
    lasting = [part for part in parts.PARTS if part.command or part.check]
    with ThreadPoolExecutor(len(lasting)) as pool:
        reasons = list(pool.map(supervisor.why_not_ready, lasting))
    for part, reason in zip(lasting, reasons, strict=True):
        process = processes.find(part.name)
        memory = cgroups.memory_bytes(part.name) if process else None
        _say(
            f"{part.name:<24} {reason or 'ready':<40} {f'pid {process.pid}' if process else '':<12}"
            f"{f'{memory / MEBIBYTE:6.0f} MiB' if memory else ''}".rstrip()
        )
    if total := cgroups.memory_bytes():
        _say(f"{'all, pods included':<24} {'':<40} {'':<12}{total / MEBIBYTE:6.0f} MiB")
    return 1 if any(reasons) else 0


def _logs(given: argparse.Namespace) -> None:
    names = [given.part] if given.part else [part.name for part in parts.PARTS if part.command]
    for name in names:
        file = processes.log_file(parts.part(name).name)
        if not file.exists():
            _say(f"{name}: no log yet")
            continue
        with file.open(errors="replace") as log:
            for line in deque(log, LOG_LINES if given.part else 3):
                _say(f"{'' if given.part else name + ': '}{line.rstrip()}")


def _shell(given: argparse.Namespace) -> int:
    return subprocess.run(machines.ssh(given.machine), check=False).returncode


def _exec(given: argparse.Namespace) -> int:
    return subprocess.run(machines.ssh_command(given.machine, given.words), check=False).returncode


def _start(given: argparse.Namespace) -> None:
    _say(f"{given.part}: {parts.start(given.part)}")


def _stop(given: argparse.Namespace) -> None:
    parts.stop(given.part)
    _say(f"{given.part}: stopped")


_COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "logs": _logs,
    "shell": _shell,
    "exec": _exec,
    "start": _start,
    "stop": _stop,
}
