"""The process of a plugin: its port, its end, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from meshx.plugin_base.serving import engine_address
from tests.unit.plugin_base.plugin_for_tests import TOKEN, URN

REPOSITORY = Path(__file__).parents[3]
PLUGIN = [sys.executable, "-m", "tests.unit.plugin_base.served_plugin"]


@pytest.fixture
def plugin() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        PLUGIN, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    yield process
    process.kill()
    process.wait()


def stub_of(plugin: "subprocess.Popen[str]") -> provider_pb2_grpc.ResourceProviderStub:
    return provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{plugin.stdout.readline()}"))


def test_a_plugin_prints_its_port_first_and_serves(plugin: "subprocess.Popen[str]") -> None:
    assert stub_of(plugin).GetPluginInfo(empty_pb2.Empty(), timeout=10, wait_for_ready=True).version == "1.2.3"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_plugin_leaves_quietly_when_told(plugin: "subprocess.Popen[str]", told: signal.Signals) -> None:
    stub_of(plugin).GetPluginInfo(empty_pb2.Empty(), timeout=10, wait_for_ready=True)
    plugin.send_signal(told)
    said, errors = plugin.communicate(timeout=10)
    assert (plugin.returncode, said, errors) == (0, "", "")


def test_a_plugin_that_is_told_to_leave_lets_its_operation_say_how_far_it_came(
    plugin: "subprocess.Popen[str]",
) -> None:
    request = provider_pb2.CreateRequest(urn=URN, type=TOKEN, name="one")
    call = stub_of(plugin).Create.future(request, timeout=20, wait_for_ready=True)
    assert plugin.stdout.readline() == "creating\n"
    plugin.send_signal(signal.SIGINT)
    assert call.exception().details() == "cancelled half way"
    assert plugin.wait(10) == 0


def test_a_plugin_leaves_when_whoever_started_it_is_gone() -> None:
    starter = subprocess.Popen(
        ["/bin/sh", "-c", '"$@" & wait', "sh", *PLUGIN], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    starter.stdout.readline()
    children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children").read_text().split()
    starter.kill()
    starter.wait()
    deadline = time.monotonic() + 10
    while any(_runs(int(child)) for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = [child for child in children if _runs(int(child))]
    for child in left:
        os.kill(int(child), signal.SIGKILL)
    assert children and not left


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_engines_address_is_the_argument_behind_the_flags() -> None:
    assert engine_address(["--logtostderr", "-v=9", "127.0.0.1:1"]) == "127.0.0.1:1"
    assert engine_address(["-v=9"]) == ""
