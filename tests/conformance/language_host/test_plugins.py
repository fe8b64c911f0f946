"""How plugins and policy packs in Python are run, and which packages a program needs plugins for.

Sources are sdk/python/cmd/pulumi-language-python/main.go of github.com/pulumi/pulumi (RunPlugin, parseOptions,
GetRequiredPackages), sdk/policy_proxy.go, and Go's os/exec for what a context's end does.
"""

import json
import os
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, language_pb2

from tests.conformance.language_host.conftest import ENGINE, PROGRAMS, Host, Started, info


def _run(
    host: Host, program: str, environment: list[str], **options: str
) -> tuple[list[str], dict[str, str], str, str, int]:
    request = language_pb2.RunPluginRequest(
        pwd="/", args=[ENGINE], info=info(PROGRAMS / program, **options), kind="resource", env=environment
    )
    answers = list(host.RunPlugin(request, timeout=30))
    out, err = (b"".join(getattr(answer, name) for answer in answers).decode() for name in ("stdout", "stderr"))
    words, seen, folder = json.loads(out)
    return words, seen, folder, err, answers[-1].exitcode


def test_a_plugins_output_and_exit_code_come_through(host: Host) -> None:
    words, _, folder, err, code = _run(host, "shows", [])
    assert (words, folder, err, code) == ([ENGINE], "/", "bad\n", 7)


def test_what_the_engine_sends_wins_over_the_virtual_environment_and_the_hosts_own_variables(started: Started) -> None:
    """cmd.Env: the activated environment of the host, then what came with the request; the last one counts."""
    with started(GIVEN="host", HOSTS="host") as host:
        _, seen, *_ = _run(host, "shows", ["GIVEN=a=b", "PATH=/bin", "VIRTUAL_ENV=/mine"])
    assert (seen["GIVEN"], seen["HOSTS"], seen["PATH"], seen["VIRTUAL_ENV"]) == ("a=b", "host", "/bin", "/mine")


def test_a_variable_that_neither_the_engine_nor_the_host_has_stays_unset(started: Started) -> None:
    with started() as host:
        _, seen, *_ = _run(host, "shows", ["GIVEN=x"])
    # Python itself sets LC_CTYPE where no locale is set (PEP 538).
    assert set(seen) <= {*os.environ, "GIVEN", "PATH", "VIRTUAL_ENV", "LC_CTYPE"}


def test_a_plugin_that_names_no_virtual_environment_has_to_have_one_called_venv(host: Host, tmp_path: Path) -> None:
    """parseOptions: unlike programs and policy packs, plugins are not run by the Python on PATH."""
    (tmp_path / "__main__.py").write_text("print(1)")
    request = language_pb2.RunPluginRequest(pwd="/", info=info(tmp_path, virtualenv=""), kind="resource")
    with pytest.raises(grpc.RpcError) as failed:
        list(host.RunPlugin(request, timeout=30))
    assert f"{tmp_path}/venv" in failed.value.details()


def test_a_plugin_is_killed_when_the_engine_gives_up_its_call(host: Host, tmp_path: Path) -> None:
    """exec.CommandContext: no interrupt, so that nothing is cleaned up but what Cancel of the plugin's own did."""
    request = language_pb2.RunPluginRequest(pwd=str(tmp_path), info=info(PROGRAMS / "waits"), kind="resource")
    call = host.RunPlugin(request, timeout=30)
    pid = int(next(call).stdout)
    call.cancel()
    deadline = time.monotonic() + 4
    while _runs(pid):
        assert time.monotonic() < deadline, "the plugin still runs"
        time.sleep(0.05)
    assert not (tmp_path / "interrupted").exists()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def _pack(
    host: Host, environment: list[str], stack: analyzer_pb2.AnalyzerStackConfigureRequest | None
) -> dict[str, Any]:
    request = language_pb2.RunPluginRequest(
        pwd="/", args=[ENGINE], info=info(PROGRAMS / "pack"), kind="analyzer", env=environment
    )
    call = host.RunPlugin(request, timeout=30)
    with grpc.insecure_channel(f"127.0.0.1:{int(next(call).stdout)}") as channel:
        pack = analyzer_pb2_grpc.AnalyzerStub(channel)
        if stack is not None:
            pack.ConfigureStack(stack, timeout=20)
        seen = json.loads(pack.GetAnalyzerInfo(empty_pb2.Empty(), timeout=20).description)
    call.cancel()
    return seen


def test_a_policy_pack_is_told_the_stack_in_its_environment_and_by_the_engines_call(host: Host) -> None:
    """PolicyProxy: the pack starts once the stack is known."""
    stack = analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", project="p", config={"p:a": "1"})
    seen = _pack(host, [], stack)
    variables = seen["environment"]
    assert (variables["PULUMI_STACK"], variables["PULUMI_PROJECT"], variables["PULUMI_DRY_RUN"]) == (
        "dev",
        "p",
        "false",
    )
    assert json.loads(variables["PULUMI_CONFIG"]) == {"p:a": "1"}
    assert seen["stack"] == "dev"
    assert seen["folder"] == str(PROGRAMS / "pack")
    assert seen["unbuffered"] == 1


def test_the_stack_that_the_engine_sends_as_a_variable_wins(host: Host) -> None:
    """cmd.Env: the request's variables come last."""
    stack = analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev")
    seen = _pack(host, ["PULUMI_STACK=shell"], stack)
    assert (seen["environment"]["PULUMI_STACK"], seen["stack"]) == ("shell", "dev")


def test_a_policy_pack_of_an_engine_that_tells_no_stack_is_told_one_without_a_name(host: Host) -> None:
    """`pulumi policy analyze`: the first other call starts the pack, and the empty configuration is handed on."""
    seen = _pack(host, [], None)
    assert seen["stack"] == ""
    assert not {"PULUMI_STACK", "PULUMI_DRY_RUN"} & ({*seen["environment"]} - {*os.environ})


def test_a_policy_pack_that_does_not_come_up_fails_what_waits_for_it(host: Host, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("import sys\nprint('why', file=sys.stderr)\nsys.exit(3)")
    request = language_pb2.RunPluginRequest(pwd="/", args=[ENGINE], info=info(tmp_path), kind="analyzer")
    call = host.RunPlugin(request, timeout=30)
    address = f"127.0.0.1:{int(next(call).stdout)}"
    with (
        grpc.insecure_channel(address) as channel,
        pytest.raises(grpc.RpcError, match="could not read policy pack port"),
    ):
        analyzer_pb2_grpc.AnalyzerStub(channel).GetAnalyzerInfo(empty_pb2.Empty(), timeout=20)
    with pytest.raises(grpc.RpcError, match="could not attach policy pack proxy: could not read policy pack port"):
        list(call)


def test_a_program_needs_the_plugins_of_the_packages_in_its_environment(host: Host, tmp_path: Path) -> None:
    """listPulumiPackageInfos: by pulumi-plugin.json; `resource: false` has none."""
    packages = host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info(tmp_path))).packages
    found = {(package.name, package.kind, package.version) for package in packages}
    assert found == {
        (name, "resource", f"v{metadata.version(f'pulumi-{name}')}") for name in ("kubernetes", "command", "gcp")
    }


def test_the_programs_dependencies_are_those_of_its_environment_by_their_normalized_names(
    host: Host, tmp_path: Path
) -> None:
    """toolchain/pip.go, ListPackages."""
    request = language_pb2.GetProgramDependenciesRequest(info=info(tmp_path), transitiveDependencies=True)
    found = {package.name: package.version for package in host.GetProgramDependencies(request).dependencies}
    assert found["pulumi"] == metadata.version("pulumi") and "pulumi-kubernetes" in found


def test_about_says_which_python_runs_the_program(host: Host, tmp_path: Path) -> None:
    about = host.About(language_pb2.AboutRequest(info=info(tmp_path)))
    assert about.executable == f"{sys.prefix}/bin/python"
    assert about.version == ".".join(str(part) for part in sys.version_info[:3])


def _install(host: Host, folder: Path, **options: str) -> str:
    request = language_pb2.InstallDependenciesRequest(
        directory=str(folder), info=info(folder, **options), is_plugin=True
    )
    return b"".join(answer.stdout for answer in host.InstallDependencies(request, timeout=300)).decode()


def test_what_a_plugin_requires_is_installed_into_an_environment_of_its_own(host: Host, tmp_path: Path) -> None:
    """InstallDependencies (toolchain/pip.go): makes the environment, and fills it from requirements.txt."""
    package = tmp_path / "required"
    package.mkdir()
    (package / "pyproject.toml").write_text('[project]\nname = "required"\nversion = "1.0"\n')
    (package / "required.py").write_text("found = 'found'\n")
    (tmp_path / "requirements.txt").write_text("./required\n")
    assert "Finished" in _install(host, tmp_path, virtualenv="venv")
    (tmp_path / "__main__.py").write_text("import required; print(required.found)\n")
    request = language_pb2.RunPluginRequest(pwd="/", info=info(tmp_path, virtualenv="venv"), kind="resource")
    answers = list(host.RunPlugin(request, timeout=30))
    assert b"".join(answer.stdout for answer in answers) == b"found\n"


def test_a_requirement_that_is_not_to_be_had_is_told(host: Host, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("./nowhere\n")
    with pytest.raises(grpc.RpcError) as failed:
        _install(host, tmp_path, virtualenv="venv")
    assert "installing dependencies" in failed.value.details() and "nowhere" in failed.value.details()


def test_a_new_projects_files_stay_as_they_are_for_pip(host: Host, tmp_path: Path) -> None:
    """Template (toolchain/pip.go, PrepareProject)."""
    (tmp_path / "requirements.txt").write_text("pulumi\n")
    host.Template(language_pb2.TemplateRequest(info=info(tmp_path), project_name="new"), timeout=30)
    assert [file.name for file in tmp_path.iterdir()] == ["requirements.txt"]
