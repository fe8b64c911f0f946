"""The HTTP server of the sandbox's machines, running before anything is joined and in no stack's hands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sandbox import machines

UNIT = "echo-http"


@contextmanager
def serving(names: Sequence[str]) -> Iterator[None]:
    """Let the server run on these machines for as long as the block lasts."""
    for name in names:
        machines.execute(name, ["systemctl", "enable", "--now", UNIT])
    try:
        yield
    finally:
        for name in names:
            machines.execute(name, ["systemctl", "disable", "--now", UNIT])


def leave_servers_alone(config: dict[str, Any]) -> None:
    """Take the commands that start and stop the server out of a stack's configuration."""
    for workload in config["workloads"]:
        workload.pop("commands", None)
