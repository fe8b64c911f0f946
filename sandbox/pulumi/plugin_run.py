"""How the language host runs a Python plugin: its command, its environment, and its output.

It does as the official host (Pulumi SDK: sdk/python/cmd/pulumi-language-python/main.go, RunPlugin), for plugins with a
`__main__.py`.
"""

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from pulumi.runtime.proto import language_pb2

from sandbox.pulumi.python_options import Interpreter

POLICY_PACK = "analyzer"
"""The kind of a policy pack; every other kind is a plugin proper."""
_CHUNK = 64 * 1024


def command(python: str, kind: str, folder: str, arguments: Sequence[str]) -> list[str]:
    """The command that starts the plugin in `folder`. Only a policy pack runs unbuffered."""
    if kind == POLICY_PACK:
        return [python, "-u", "-m", "pulumi.policy", *arguments, folder]
    return [python, folder, *arguments]


def working_folder(kind: str, folder: str, engines: str) -> str:
    """Where the plugin in `folder` starts: a policy pack there, any other in the engine's work folder."""
    return folder if kind == POLICY_PACK else engines


def environment(runner: Interpreter, stack: Mapping[str, str], sent: Sequence[str]) -> dict[str, str]:
    """The plugin's environment: the engine's variables over the stack's, over the virtual environment's.

    The engine's win, with its PATH. Without a virtual environment the host's variables are not below them,
    unless there are no others: then the plugin gets the host's.
    """
    given = {name: value for name, _, value in (line.partition("=") for line in sent)}
    return {**(runner.environment or {}), **stack, **given} or dict(os.environ)


def output(
    plugin: "subprocess.Popen[bytes]", take_first_line: Callable[[bytes], None] | None = None
) -> Iterator[language_pb2.RunPluginResponse]:
    """The plugin's output, as it comes, until both streams end.

    take_first_line: gets the first line of standard output instead of the caller; its exceptions pass through.
    """
    written: queue.SimpleQueue[language_pb2.RunPluginResponse | Exception | None] = queue.SimpleQueue()

    def forward(name: str, stream: IO[bytes]) -> None:
        try:
            if take_first_line is not None and name == "stdout":
                take_first_line(stream.readline())
        except Exception as error:
            written.put(error)
        while piece := stream.read1(_CHUNK):  # type: ignore[attr-defined]
            written.put(language_pb2.RunPluginResponse(**{name: piece}))
        written.put(None)

    streams = {"stdout": plugin.stdout, "stderr": plugin.stderr}
    for name, stream in streams.items():
        if stream is not None:
            threading.Thread(target=forward, args=(name, stream), daemon=True).start()
    ended, failure = 0, None
    while ended < len(streams):
        piece = written.get()
        if piece is None:
            ended += 1
        elif isinstance(piece, Exception):
            # First what the plugin still has to say: it tells why.
            failure = piece
        else:
            yield piece
    if failure is not None:
        raise failure
