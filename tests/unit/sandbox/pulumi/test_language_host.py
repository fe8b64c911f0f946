"""The language host over a real gRPC channel: plugins, policy packs, programs, and what it refuses."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from meshx.provider.serving import start_server
from sandbox.pulumi.language_host import LanguageHost
from sandbox.pulumi.python_options import OptionsError, interpreter

PROGRAMS = Path(__file__).parent / "programs"


def _serve(executor: str) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    served = LanguageHost("127.0.0.1:1", str(PROGRAMS / executor))
    server, port = start_server(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(served, server))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    served.leave()
    server.stop(None)


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    """A host, with the executor that the test's parameter names."""
    yield from _serve(getattr(request, "param", "writes_what_it_sees.py"))


def info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    struct = struct_pb2.Struct()
    struct.update({"virtualenv": sys.prefix, **options})
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=struct
    )


def run(host: language_pb2_grpc.LanguageRuntimeStub, folder: Path, config: dict[str, str]) -> language_pb2.RunResponse:
    request = language_pb2.RunRequest(
        project="p",
        stack="dev",
        pwd=str(folder),
        dryRun=True,
        parallel=8,
        monitor_address="127.0.0.1:2",
        config=config,
        configSecretKeys=["p:a"],
        info=info(folder),
    )
    return host.Run(request, timeout=30)


def run_plugin(
    host: language_pb2_grpc.LanguageRuntimeStub, program: str, kind: str, environment: list[str] | None = None
) -> tuple[str, str, int]:
    request = language_pb2.RunPluginRequest(
        pwd="/", args=["127.0.0.1:1"], info=info(PROGRAMS / program), kind=kind, env=environment
    )
    answers = list(host.RunPlugin(request, timeout=30))
    out, err = (b"".join(getattr(answer, name) for answer in answers).decode() for name in ("stdout", "stderr"))
    return out, err, answers[-1].exitcode


def test_a_program_runs_by_the_executor_with_all_that_it_needs(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    answer = run(host, tmp_path, {"p:a": "1"})
    words, environment = json.loads((tmp_path / "seen.json").read_text())
    assert (answer.error, answer.bail) == ("", False)
    given = dict(zip(words[:-1:2], words[1:-1:2], strict=True))
    assert words[-1] == "." and given == {
        "--monitor": "127.0.0.1:2",
        "--engine": "127.0.0.1:1",
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


@pytest.mark.parametrize("host", ["ends_as_configured.py"], indirect=True)
def test_an_error_that_the_program_has_shown_is_not_reported_again(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    answer = run(host, tmp_path, {"exit": "32"})
    assert (answer.error, answer.bail) == ("", True)


@pytest.mark.parametrize("host", ["ends_as_configured.py"], indirect=True)
@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"exit": "3"}, "Program exited with non-zero exit code: 3"),
        ({"signal": "9"}, "Program exited unexpectedly: signal 9"),
    ],
)
def test_a_program_that_fails_otherwise_is_reported(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, config: dict[str, str], error: str
) -> None:
    assert run(host, tmp_path, config).error == error


def test_a_plugins_output_and_exit_code_come_through(host: language_pb2_grpc.LanguageRuntimeStub) -> None:
    out, err, code = run_plugin(host, "shows", "resource", ["GIVEN=a=b", "PATH=/bin"])
    assert (out, err, code) == ("['127.0.0.1:1'] / a=b\n", "bad\n", 7)


def test_a_policy_pack_is_run_by_the_sdks_policy_module(host: language_pb2_grpc.LanguageRuntimeStub) -> None:
    out, _, code = run_plugin(host, "policy", "analyzer")
    assert (out, code) == ("-u -m pulumi.policy 127.0.0.1:1\n", 0)


def test_a_plugin_ends_when_the_engine_gives_up_its_call(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = language_pb2.RunPluginRequest(pwd=str(tmp_path), info=info(PROGRAMS / "waits"), kind="resource")
    call = host.RunPlugin(request, timeout=30)
    assert next(call).stdout.startswith(b"1")
    call.cancel()
    deadline = time.monotonic() + 10
    while not (tmp_path / "interrupted").exists():
        assert time.monotonic() < deadline, "the plugin was not told to leave"
        time.sleep(0.05)


def test_a_plugin_whose_virtual_environment_is_missing_is_refused_with_the_remedy(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = language_pb2.RunPluginRequest(pwd="/", info=info(tmp_path, virtualenv="gone"), kind="resource")
    with pytest.raises(grpc.RpcError) as failed:
        list(host.RunPlugin(request, timeout=30))
    assert f"no virtual environment at {tmp_path}/gone" in failed.value.details()


@pytest.mark.parametrize(
    "method", ["GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link", "Template"]
)
def test_what_the_host_does_not_do_is_refused_by_name(host: language_pb2_grpc.LanguageRuntimeStub, method: str) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        getattr(host, method)(getattr(language_pb2, f"{method}Request")())
    assert method in failed.value.details() and "the sandbox's language host does not" in failed.value.details()


def test_about_says_which_python_runs_the_program(host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path) -> None:
    about = host.About(language_pb2.AboutRequest(info=info(tmp_path)))
    assert about.executable == f"{sys.prefix}/bin/python"
    assert about.version == ".".join(str(part) for part in sys.version_info[:3])


def test_the_programs_dependencies_are_those_of_its_environment(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    request = language_pb2.GetProgramDependenciesRequest(info=info(tmp_path), transitiveDependencies=True)
    found = {package.name: package.version for package in host.GetProgramDependencies(request).dependencies}
    assert found["pulumi"] == "3.250.0" and "grpcio" in found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"toolchain": "poetry"}, "poetry"),
        ({"typechecker": "mypy"}, "type checker"),
        ({"virtualenf": "x"}, "virtualenf"),
    ],
)
def test_options_that_cannot_be_followed_are_named(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(OptionsError, match=said):
        interpreter(str(tmp_path), options, {})


def test_without_a_virtual_environment_the_python_on_path_runs(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\n")
    (tmp_path / "python3").chmod(0o755)
    assert interpreter("/", {}, {"PATH": str(tmp_path)}).python == str(tmp_path / "python3")
