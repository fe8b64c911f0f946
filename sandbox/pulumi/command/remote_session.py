"""One command run over an open connection.

Official plugin: provider/pkg/provider/remote/commandOutputs.go (run); the texts of ends are those of
golang.org/x/crypto/ssh, session.go (ExitError).
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import asyncssh

from meshx.provider.custom_resource import Operation, ResourceError

PREVIOUS_OUTPUTS = {"stdout": "PULUMI_COMMAND_STDOUT", "stderr": "PULUMI_COMMAND_STDERR"}
LOGGED = {
    "stdout": ("stdout",),
    "stderr": ("stderr",),
    "stdoutAndStderr": ("stdout", "stderr"),
    "none": (),
}
CANCELLED_PAUSE_SECONDS = 0.2


async def run(
    connection: asyncssh.SSHClientConnection, state: dict[str, Any], command: str, operation: Operation
) -> dict[str, str]:
    """Run `command` with the state's stdin and environment; returns `{stdout, stderr}`, one line end cut off each.

    A cancelled operation gives it up. Raises ResourceError for any end but status 0, with all that it printed.
    """
    environment = dict(state.get("environment") or {})
    for name in await _refused(connection, environment):
        raise ResourceError(f'could not set environment variable "{name}": ssh: setenv failed')
    previous = {}
    if state.get("addPreviousOutputInEnv") is not False:
        previous = {name: state[output] for output, name in PREVIOUS_OUTPUTS.items() if state.get(output)}
    for name in await _refused(connection, previous):
        operation.warn(f"Unable to set '{name}'. This only works if your SSH server accepts it via AcceptEnv.")
        del previous[name]
    printed = {"stdout": "", "stderr": ""}
    both: list[str] = []
    logged = LOGGED[state.get("logging") or "stdoutAndStderr"]

    async def take(reader: asyncssh.SSHReader[str], stream: str) -> None:
        async for line in reader:
            printed[stream] += line
            both.append(line)
            if stream in logged:
                operation.inform(line.rstrip("\n"))

    process = await connection.create_process(command, env={**environment, **previous}, errors="replace")
    ended = asyncio.gather(take(process.stdout, "stdout"), take(process.stderr, "stderr"))
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        process.stdin.write(state.get("stdin") or "")
        process.stdin.write_eof()
    while not (await asyncio.wait([ended], timeout=CANCELLED_PAUSE_SECONDS))[0]:
        if operation.cancelled.is_set():
            process.close()
            raise ResourceError(f"context canceled: running {json.dumps(command)}")
    await process.wait_closed()
    if end := _bad_end(process):
        raise ResourceError(f"{end}: running {json.dumps(command)}:\n{''.join(both)}")
    return {stream: text.removesuffix("\n") for stream, text in printed.items()}


def _bad_end(process: asyncssh.SSHClientProcess[str]) -> str:
    if process.exit_signal:
        return f"Process exited with status 128 from signal {process.exit_signal[0]}"
    if process.exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {process.exit_status}" if process.exit_status else ""


async def _refused(connection: asyncssh.SSHClientConnection, variables: dict[str, str]) -> list[str]:
    """The names that the host's server does not take.

    The official plugin is told so for each; asyncssh asks for no answer, so the host is asked what arrived.
    """
    if not variables:
        return []
    ask: Callable[[str], str] = lambda name: f'[ -n "${{{name}+x}}" ] || echo {name}'  # noqa: E731
    told = await connection.run("; ".join(map(ask, variables)), env=variables, stdin=asyncssh.DEVNULL)
    return [name for name in str(told.stdout).split() if name in variables]
