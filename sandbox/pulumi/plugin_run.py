"""How the language host runs a plugin in Python: its command, its environment, and what it writes.

As the official host does it (Pulumi SDK: sdk/python/cmd/pulumi-language-python/main.go, RunPlugin), for plugins with a
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
    """The words that start the plugin in `folder`. A policy pack alone is run unbuffered."""
    if kind == POLICY_PACK:
        return [python, "-u", "-m", "pulumi.policy", *arguments, folder]
    return [python, folder, *arguments]


def working_folder(kind: str, folder: str, engines: str) -> str:
    """Where the plugin in `folder` is started: a policy pack there, any other where the engine works."""
    return folder if kind == POLICY_PACK else engines


def environment(runner: Interpreter, stack: Mapping[str, str], sent: Sequence[str]) -> dict[str, str]:
    """The plugin's environment: what the engine sent, over the stack's variables, over the virtual environment.

    What the engine sent wins, its PATH too. Without a virtual environment there is nothing of the host's below it,
    except where there is nothing at all: then the host's own is the plugin's.
    """
    given = {name: value for name, _, value in (line.partition("=") for line in sent)}
    return {**(runner.environment or {}), **stack, **given} or dict(os.environ)


def output(
    plugin: "subprocess.Popen[bytes]", take_first_line: Callable[[bytes], None] | None = None
) -> Iterator[language_pb2.RunPluginResponse]:
    """What the plugin writes, as it comes, until both of its streams are at their end.

    take_first_line: gets the first line of standard output in the caller's place; what it raises is raised here.
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
            # What it still has to say comes first: it tells why.
            failure = piece
        else:
            yield piece
    if failure is not None:
        raise failure
