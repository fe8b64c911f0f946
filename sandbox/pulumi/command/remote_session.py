"""Runs one command over an open connection.

Official plugin: provider/pkg/provider/remote/commandOutputs.go (run); the texts about how it ended are those of
golang.org/x/crypto/ssh, session.go (ExitError).
"""

import asyncio
import contextlib
import re
import signal
from collections.abc import Callable
from typing import Any

import asyncssh

from meshx.plugin_base.custom_resource import Operation, ResourceError, Severity
from sandbox.pulumi.command.go_text import quoted
from sandbox.pulumi.command.service import Status

PREVIOUS_OUTPUTS = {"stdout": "PULUMI_COMMAND_STDOUT", "stderr": "PULUMI_COMMAND_STDERR"}
LOGGED = {"stdout": ("stdout",), "stderr": ("stderr",), "stdoutAndStderr": ("stdout", "stderr"), "none": ()}
_SIGNALS = ("ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "TERM")
"""The signals that RFC 4254, 6.10, names; Go's client counts any other as 0."""
_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


async def run(
    connection: asyncssh.SSHClientConnection, state: dict[str, Any], command: str, operation: Operation
) -> dict[str, str]:
    """Run `command` with the state's stdin and environment; returns `{stdout, stderr}`, each without its last newline.

    Neither the operation's time limit nor its cancellation ends a running command. Raises ResourceError for any end but
    status 0, with all the output, and for output that is not UTF-8: then the command has run, but nothing is kept.
    """
    environment = dict(state.get("environment") or {})
    for name in await _refused(connection, environment):
        operation.log(Severity.ERROR, _not_taken(name))
        raise ResourceError(f"could not set environment variable {quoted(name)}: ssh: setenv failed")
    previous = {}
    if state.get("addPreviousOutputInEnv") is not False:
        previous = {name: state[output] for output, name in PREVIOUS_OUTPUTS.items() if state.get(output)}
    for name in await _refused(connection, previous):
        operation.warn(_not_taken(name))
        del previous[name]
    printed = {"stdout": b"", "stderr": b""}
    both: list[bytes] = []
    logged = LOGGED.get(state.get("logging") or "", ("stdout", "stderr"))

    async def take(reader: asyncssh.SSHReader[bytes], stream: str) -> None:
        async for line in reader:
            printed[stream] += line
            both.append(line)
            if stream in logged:
                operation.inform(Status(line.decode(errors="replace").rstrip("\r\n")))

    process = await connection.create_process(command, env={**environment, **previous}, encoding=None)
    ended = asyncio.gather(take(process.stdout, "stdout"), take(process.stderr, "stderr"))
    with contextlib.suppress(BrokenPipeError, ConnectionError):
        process.stdin.write((state.get("stdin") or "").encode())
        process.stdin.write_eof()
    await ended
    await process.wait_closed()
    if end := _bad_end(process):
        raise ResourceError(f"{end}: running {quoted(command)}:\n{b''.join(both).decode(errors='replace')}")
    try:
        return {stream: text.decode().removesuffix("\n") for stream, text in printed.items()}
    except UnicodeDecodeError:
        raise ResourceError("grpc: error while marshaling: string field contains invalid UTF-8") from None


def _not_taken(name: str) -> str:
    return (
        f"Unable to set '{name}'. The SSH server has to accept it by AcceptEnv; or set it in the command itself, in "
        "front of what needs it."
    )


def _bad_end(process: asyncssh.SSHClientProcess[bytes]) -> str:
    if process.exit_signal:
        name = process.exit_signal[0]
        number = signal.Signals[f"SIG{name}"] if name in _SIGNALS else 0
        return f"Process exited with status {128 + number} from signal {name}"
    if process.exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {process.exit_status}" if process.exit_status else ""


async def _refused(connection: asyncssh.SSHClientConnection, variables: dict[str, str]) -> list[str]:
    """The variables' names that the host's server does not accept.

    The official plugin gets an answer for each; asyncssh asks for none, so the host's shell tells what arrived. It
    can't tell for names that no shell allows: they count as not accepted.
    """
    if not variables:
        return []
    if odd := [name for name in variables if not _SHELL_NAME.fullmatch(name)]:
        return odd
    ask: Callable[[str], str] = lambda name: f'[ -n "${{{name}+x}}" ] || echo {name}'  # noqa: E731
    told = await connection.run("; ".join(map(ask, variables)), env=variables, stdin=asyncssh.DEVNULL)
    return [name for name in str(told.stdout).split() if name in variables]
