"""How a program is run, and how its run ends.

Sources are sdk/python/cmd/pulumi-language-python/main.go of github.com/pulumi/pulumi (Run, constructArguments), and
Go's os/exec for what a context's end does.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2

from tests.conformance.language_host.conftest import ENGINE, Host, Started, run_request


def _seen(folder: Path) -> tuple[list[str], dict[str, str]]:
    words, environment, _ = json.loads((folder / "seen.json").read_text())
    return words, environment


def _until(condition: Callable[[], bool], seconds: float, said: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, said
        time.sleep(0.05)


def test_a_program_runs_by_the_executor_with_all_that_it_needs(host: Host, tmp_path: Path) -> None:
    request = run_request(tmp_path, {"p:a": "1"})
    request.configSecretKeys.append("p:a")
    answer = host.Run(request, timeout=30)
    words, environment = _seen(tmp_path)
    assert (answer.error, answer.bail) == ("", False)
    given = dict(zip(words[:-1:2], words[1:-1:2], strict=True))
    assert words[-1] == "." and given == {
        "--monitor": "127.0.0.1:2",
        "--engine": ENGINE,
        "--project": "p",
        "--root_directory": str(tmp_path),
        "--stack": "dev",
        "--pwd": str(tmp_path),
        "--dry_run": "true",
        "--parallel": "8",
    }
    assert json.loads(environment["PULUMI_CONFIG"]) == {"p:a": "1"}
    assert json.loads(environment["PULUMI_CONFIG_SECRET_KEYS"]) == ["p:a"]
    assert environment["VIRTUAL_ENV"] == sys.prefix
    assert environment["PATH"].startswith(f"{sys.prefix}/bin{os.pathsep}")


def test_a_program_gets_the_hosts_environment_and_no_variable_that_nobody_set(started: Started, tmp_path: Path) -> None:
    with started(SET_FOR_THE_HOST="x", PYTHONHOME=sys.base_prefix) as host:
        host.Run(run_request(tmp_path), timeout=30)
    _, environment = _seen(tmp_path)
    assert environment["SET_FOR_THE_HOST"] == "x"
    assert environment["PULUMI_CONFIG_SECRET_KEYS"] == "[]"
    assert "PYTHONHOME" not in environment and "PULUMI_CONFIG" not in {*environment} - {*os.environ}
    assert set(environment) <= {
        *os.environ,
        "SET_FOR_THE_HOST",
        "VIRTUAL_ENV",
        "PULUMI_CONFIG_SECRET_KEYS",
        "LC_CTYPE",  # Python's own (PEP 538)
    }


def test_what_a_program_prints_is_buffered_as_python_does_it(host: Host, tmp_path: Path) -> None:
    """No `-u`: a program that is killed loses what it printed and did not flush."""
    host.Run(run_request(tmp_path), timeout=30)
    _, _, unbuffered = json.loads((tmp_path / "seen.json").read_text())
    assert unbuffered == 0


@pytest.mark.parametrize(
    ("config", "error", "bail"),
    [
        ({"exit": "32"}, "", True),
        ({"exit": "3"}, "program exited with non-zero exit code: 3", False),
        ({"signal": "9"}, "program exited with non-zero exit code: -1", False),
    ],
)
def test_a_program_that_fails_is_told_by_its_exit_code_unless_the_user_has_seen_why(
    started: Started, tmp_path: Path, config: dict[str, str], error: str, bail: bool
) -> None:
    with started("ends_as_configured.py") as host:
        answer = host.Run(run_request(tmp_path, config), timeout=30)
    assert (answer.error, answer.bail) == (error, bail)


def test_a_run_that_the_engine_gives_up_interrupts_the_program(started: Started, tmp_path: Path) -> None:
    """cmd.Cancel: SIGINT, as the engine closes a failed run's plugins."""
    with started("waits.py") as host:
        call = host.Run.future(run_request(tmp_path), timeout=30)
        _until((tmp_path / "waiting").exists, 20, "the program did not start")
        call.cancel()
        _until((tmp_path / "interrupted").exists, 4, "the program was not interrupted")


def test_cancel_interrupts_the_program_and_lets_no_other_start(started: Started, tmp_path: Path) -> None:
    """Cancel ends the context of all runs."""
    with started("waits.py") as host:
        call = host.Run.future(run_request(tmp_path), timeout=30)
        _until((tmp_path / "waiting").exists, 20, "the program did not start")
        host.Cancel(empty_pb2.Empty())
        assert call.result().error == "program exited with non-zero exit code: -1"
        assert (tmp_path / "interrupted").exists()
        (tmp_path / "waiting").unlink()
        again = host.Run(run_request(tmp_path), timeout=30)
        assert again.error == "problem executing program (could not run language executor): context canceled"
        assert not (tmp_path / "waiting").exists()


def test_a_program_that_does_not_heed_the_interrupt_is_killed_after_five_seconds(
    started: Started, tmp_path: Path
) -> None:
    """cmd.WaitDelay."""
    with started("waits.py") as host:
        call = host.Run.future(run_request(tmp_path, {"heeds": "no"}), timeout=30)
        _until((tmp_path / "waiting").exists, 20, "the program did not start")
        begun = time.monotonic()
        host.Cancel(empty_pb2.Empty())
        assert call.result().error == "program exited with non-zero exit code: -1"
        assert 4.5 < time.monotonic() - begun < 9


@pytest.mark.parametrize(
    "options", [{"virtualenv": "gone"}, {"toolchain": ""}, {"toolchain": "conda"}, {"typechecker": "none"}]
)
def test_options_that_cannot_be_followed_fail_the_call_and_run_nothing(
    host: Host, tmp_path: Path, options: dict[str, str]
) -> None:
    """parseOptions; toolchain/pip.go, ValidateVenv."""
    with pytest.raises(grpc.RpcError) as failed:
        host.Run(run_request(tmp_path, **options), timeout=30)
    name, value = next(iter(options.items()))
    assert failed.value.code() is grpc.StatusCode.UNKNOWN
    assert name in failed.value.details() or "type checker" in failed.value.details(), failed.value.details()
    assert value in failed.value.details() or value == "none"
    assert not (tmp_path / "seen.json").exists()
