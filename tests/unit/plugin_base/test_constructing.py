"""Components in processes of their own: their answers, their failures, and how they are stopped."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from meshx.plugin_base.constructing import ConstructError, constructed

HEAD = """
import sys
from pulumi.runtime.proto import provider_pb2, status_pb2
request = provider_pb2.ConstructRequest.FromString(sys.stdin.buffer.read())
"""
GOOD = """
response = provider_pb2.ConstructResponse(urn=request.name + " by " + sys.argv[2])
sys.stdout.buffer.write(b"+" + response.SerializeToString())
"""
REFUSED = """
sys.stdout.buffer.write(b"-" + status_pb2.Status(code=3, message="no: " + request.name).SerializeToString())
"""


def make(program: str, name: str = "one", cancelled: threading.Event | None = None) -> provider_pb2.ConstructResponse:
    command = [sys.executable, "-c", HEAD + textwrap.dedent(program)]
    request = provider_pb2.ConstructRequest(name=name)
    return constructed(command, request, "127.0.0.1:7", cancelled or threading.Event())


def test_a_process_gets_the_request_and_the_engines_address_and_answers() -> None:
    assert make(GOOD).urn == "one by 127.0.0.1:7"


def test_several_are_made_at_once_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    # Each waits until all are there.
    together = f"""
        import pathlib, time
        pathlib.Path({str(tmp_path)!r}, request.name).touch()
        while len(list(pathlib.Path({str(tmp_path)!r}).iterdir())) < 3:
            time.sleep(0.05)
    """
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda name: make(textwrap.dedent(together) + GOOD, name).urn, "abc"))
    assert answers == [f"{name} by 127.0.0.1:7" for name in "abc"]


def test_a_refusal_keeps_its_code_and_its_words() -> None:
    with pytest.raises(ConstructError) as told:
        make(REFUSED)
    assert (told.value.status.code, told.value.status.details) == (grpc.StatusCode.INVALID_ARGUMENT, "no: one")


def test_a_process_that_dies_without_an_answer_is_named() -> None:
    with pytest.raises(ConstructError, match="one was not made: its process ended without an answer"):
        make("raise SystemExit(3)")


def test_a_cancelled_run_ends_the_process() -> None:
    cancelled = threading.Event()
    threading.Timer(0.5, cancelled.set).start()
    begun = time.monotonic()
    with pytest.raises(ConstructError, match="one was not made: cancelled"):
        make("import time; time.sleep(60)", cancelled=cancelled)
    assert time.monotonic() - begun < 10
