"""What only the sandbox's language host says: refusals by name, and options that it does not follow.

What it has in common with the official one is stated in tests/conformance/language_host.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from meshx.plugin_base.serving import start_server
from sandbox.pulumi import installed_packages
from sandbox.pulumi.language_host import LanguageHost
from sandbox.pulumi.python_options import OptionsError, interpreter


@pytest.fixture
def host() -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    """A host over a real channel."""
    served = LanguageHost("127.0.0.1:1", "no executor")
    server, port = start_server(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(served, server))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    served.leave()
    server.stop(None)


@pytest.mark.parametrize("method", ["GenerateProgram", "GenerateProject", "GeneratePackage", "Pack", "Link"])
def test_what_the_host_does_not_do_is_refused_by_name(host: language_pb2_grpc.LanguageRuntimeStub, method: str) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        getattr(host, method)(getattr(language_pb2, f"{method}Request")())
    assert method in failed.value.details() and "the sandbox's language host does not" in failed.value.details()


def _info(folder: Path, **options: str) -> language_pb2.ProgramInfo:
    info = language_pb2.ProgramInfo(root_directory=str(folder), program_directory=str(folder), entry_point=".")
    info.options.update(options)
    return info


def test_a_virtual_environment_that_is_there_is_used_with_what_it_has(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("./nowhere\n")
    info = _info(tmp_path, toolchain="pip", virtualenv=sys.prefix)
    request = language_pb2.InstallDependenciesRequest(info=info, is_plugin=True)
    said = b"".join(answer.stdout for answer in host.InstallDependencies(request)).decode()
    assert said == f"The sandbox's language host uses {sys.prefix}/bin/python with what it has.\n"


@pytest.mark.parametrize("method", ["InstallDependencies", "Template"])
def test_options_of_another_toolchain_are_refused_for_new_projects_too(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, method: str
) -> None:
    request = getattr(language_pb2, f"{method}Request")(info=_info(tmp_path, toolchain="uv"))
    with pytest.raises(grpc.RpcError) as failed:
        answer = getattr(host, method)(request)
        list(answer if method == "InstallDependencies" else [])
    assert "toolchain uv" in failed.value.details()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"toolchain": "poetry"}, "poetry"),
        ({"toolchain": ""}, "does not do toolchain ''"),
        ({"typechecker": "mypy"}, "type checker"),
        ({"typechecker": "none"}, "type checker"),
        ({"virtualenf": "x"}, "virtualenf"),
        ({"virtualenv": True}, "virtualenv must be a string"),
        ({"virtualenv": "gone"}, "no virtual environment at .*/gone.*make it by"),
    ],
)
def test_options_that_cannot_be_followed_are_named(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(OptionsError, match=said):
        interpreter(str(tmp_path), str(tmp_path), options, {})


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock"])
def test_a_lock_file_of_another_toolchain_is_named_unless_the_options_choose_pip(tmp_path: Path, lock: str) -> None:
    (tmp_path / lock).touch()
    program = tmp_path / "a" / "b"
    here = {"virtualenv": sys.prefix}
    with pytest.raises(OptionsError, match=f"{lock} chooses toolchain {lock.partition('.')[0]}.*`toolchain: pip`"):
        interpreter(str(program), str(program), here, {})
    assert interpreter(str(program), str(program), {**here, "toolchain": "pip"}, {}).python


def test_without_a_virtual_environment_the_python_on_path_runs_but_for_plugins(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\n")
    (tmp_path / "python3").chmod(0o755)
    ambient = {"PATH": str(tmp_path)}
    found = interpreter("/", "/", {}, ambient)
    assert (found.python, found.environment) == (str(tmp_path / "python3"), None)
    with pytest.raises(OptionsError, match="no virtual environment at /venv"):
        interpreter("/", "/", {}, ambient, plugin=True)


def test_a_python_that_is_asked_for_by_name_is_the_only_one_looked_for(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\n")
    (tmp_path / "python3").chmod(0o755)
    with pytest.raises(OptionsError, match=r"python3\.99 not found on PATH"):
        interpreter("/", "/", {}, {"PATH": str(tmp_path), "PULUMI_PYTHON_CMD": "python3.99"})


@pytest.mark.parametrize(
    ("package", "plugin"),
    [
        ("4.25.0", "4.25.0"),
        ("1.2", "1.2.0"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3rc4.post1.dev2", "1.2.3-rc.4+post1dev2"),
        ("1!2.0", None),
    ],
)
def test_a_plugins_version_follows_from_its_packages(package: str, plugin: str | None) -> None:
    assert installed_packages.plugin_version(package) == plugin


def test_a_package_has_a_plugin_by_its_description_or_its_name() -> None:
    described = installed_packages.plugin_of("anything", "1.0.0", {"resource": True, "name": "x", "version": "2.0.0"})
    assert described is not None and (described.name, described.version) == ("x", "v2.0.0")
    named = installed_packages.plugin_of("pulumi-random", "4.1", None)
    assert named is not None and (named.name, named.version, named.kind) == ("random", "v4.1.0", "resource")
    assert installed_packages.plugin_of("pulumi-policy", "1.0.0", None) is None
    assert installed_packages.plugin_of("pulumi-x", "1.0.0", {"resource": False}) is None
    assert installed_packages.plugin_of("requests", "1.0.0", None) is None
