"""The ground of these tests: each language host for Python that there is to be asked, as the engine starts it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from sandbox.paths import REPO

PROGRAMS = Path(__file__).parent / "programs"
ENGINE = "127.0.0.1:1"
STAND_IN = (sys.executable, str(REPO / "sandbox" / "pulumi" / "run_part.py"), "sandbox.pulumi.language_host")
Host = language_pb2_grpc.LanguageRuntimeStub
Started = Callable[..., AbstractContextManager[Host]]


def _official() -> str | None:
    """An official host's binary on PATH; the sandbox's own is a script."""
    found = shutil.which("pulumi-language-python")
    return None if found is None or Path(found).read_bytes().startswith(b"#!") else found


OFFICIAL = _official()


@pytest.fixture(params=[STAND_IN, *([(OFFICIAL,)] if OFFICIAL else [])], ids=lambda words: Path(words[-1]).name)
def started(request: pytest.FixtureRequest, tmp_path: Path) -> Started:
    """Starts the host with an executor of `programs`, with variables of its own over the test's."""

    @contextlib.contextmanager
    def start(executor: str = "writes_what_it_sees.py", **variables: str) -> Iterator[Host]:
        process = subprocess.Popen(
            [*request.param, f"--use-executor={PROGRAMS / executor}", ENGINE],
            env={**os.environ, **variables},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                yield Host(channel)
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()

    return start


@pytest.fixture
def host(started: Started) -> Iterator[Host]:
    """A host whose programs write what they see."""
    with started() as running:
        yield running


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    """A project, plugin or policy pack in `folder`, in the tests' own virtual environment."""
    struct = struct_pb2.Struct()
    struct.update({"toolchain": "pip", "virtualenv": sys.prefix, **options})
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


def run_request(folder: Path, config: dict[str, str] | None = None, **options: str) -> language_pb2.RunRequest:
    """A preview of the program in `folder`."""
    return language_pb2.RunRequest(
        project="p",
        stack="dev",
        pwd=str(folder),
        dryRun=True,
        parallel=8,
        monitor_address="127.0.0.1:2",
        config=config,
        info=info(folder, **options),
    )
