"""`pulumi-language-python` for hosts without an official Pulumi: the service LanguageRuntime of language.proto.

It runs a project with the SDK's own `pulumi-language-python-exec`, a plugin by its folder's `__main__.py` and a policy
pack with `pulumi.policy`, as the official host does (Pulumi SDK: sdk/python/cmd/pulumi-language-python/main.go). It
refuses by name what none of them needs; docs/sandbox.md lists its differences.
"""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

import argparse
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from meshx.plugin_base.serving import engine_address, serve_until_told
from sandbox.builds.go_tools import PULUMI_VERSION
from sandbox.pulumi import plugin_run
from sandbox.pulumi.children import Children, Kind, exit_status
from sandbox.pulumi.dependencies import DependenciesError, installed
from sandbox.pulumi.installed_packages import PackagesError, needed, normalized
from sandbox.pulumi.policy_proxy import PackError, PolicyProxy
from sandbox.pulumi.python_options import Interpreter, OptionsError, environment_folder, interpreter

# The executor's exit code for "the user has already seen the error" (pulumi-language-python-exec).
_ERROR_WAS_SHOWN = 32
_CANCELLED = "problem executing program (could not run language executor): context canceled"


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine. `executor` is the path of pulumi-language-python-exec."""

    def __init__(self, engine: str, executor: str) -> None:
        self._engine = engine
        self._executor = executor
        self._children = Children()
        self._cancelled = threading.Event()

    def leave(self) -> None:
        """End what still runs."""
        self._children.end_all()

    def Handshake(self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=PULUMI_VERSION)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> Any:
        runner = self._interpreter(request.info, context)
        try:
            packages = list(needed(runner.python, runner.environment))
        except PackagesError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        return language_pb2.GetRequiredPackagesResponse(packages=packages)

    def GetRequiredPlugins(self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "method GetRequiredPlugins not implemented")

    def RuntimeOptionsPrompts(self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> Any:
        runner = self._interpreter(request.info, context)
        done = subprocess.run(
            [runner.python, "--version"], check=False, env=runner.environment, capture_output=True, text=True
        )
        version = done.stdout.strip().removeprefix("Python ")
        return language_pb2.AboutResponse(executable=runner.python, version=version)

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> Any:
        runner = self._interpreter(request.info, context)
        command = [runner.python, "-m", "pip", "list", "--format", "json"]
        command += [] if request.transitiveDependencies else ["--not-required"]
        done = subprocess.run(command, check=False, env=runner.environment, capture_output=True, text=True)
        if done.returncode != 0:
            context.abort(grpc.StatusCode.INTERNAL, f"`{' '.join(command)}` failed: {done.stderr.strip()}")
        found = [
            language_pb2.DependencyInfo(name=normalized(package["name"]), version=package["version"])
            for package in json.loads(done.stdout)
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> Any:
        runner = self._interpreter(request.info, context)
        environment = dict(runner.environment or os.environ)
        if request.config:
            environment["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        if self._cancelled.is_set():
            return language_pb2.RunResponse(error=_CANCELLED)
        # The executor itself changes to the work folder, and Python buffers its output as for any pipe.
        command = [runner.python, self._executor, *self._executor_arguments(request)]
        with self._children.start(command, environment, Kind.PROGRAM) as program:
            # The engine ends a run by dropping the call, or by Cancel.
            given_up = not context.add_callback(lambda: self._children.end_soon(program))
            if given_up or self._cancelled.is_set():
                self._children.end_soon(program)
            code = exit_status(program.wait())
        if code == _ERROR_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        if code:
            return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")
        return language_pb2.RunResponse(error=_CANCELLED if self._cancelled.is_set() else "")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        pack = request.kind == plugin_run.POLICY_PACK
        runner = self._interpreter(request.info, context, plugin=not pack)
        if not pack:
            yield from self._run_plugin(request, context, runner)
            return
        proxy = PolicyProxy()
        try:
            yield language_pb2.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
            yield from self._run_plugin(request, context, runner, proxy)
        except PackError as error:
            why = f"problem executing plugin program (could not run language executor): {error}"
            context.abort(grpc.StatusCode.UNKNOWN, why)
        finally:
            proxy.stop()

    def _run_plugin(
        self,
        request: language_pb2.RunPluginRequest,
        context: grpc.ServicerContext,
        runner: Interpreter,
        proxy: PolicyProxy | None = None,
    ) -> Iterator[language_pb2.RunPluginResponse]:
        stack = proxy.environment(context.is_active) if proxy else {}
        if not context.is_active():
            return
        folder = request.info.program_directory
        with self._children.start(
            plugin_run.command(runner.python, request.kind, folder, request.args),
            plugin_run.environment(runner, stack, request.env),
            Kind.PLUGIN,
            plugin_run.working_folder(request.kind, folder, request.pwd),
        ) as plugin:
            # The engine ends a plugin by dropping the call.
            if not context.add_callback(lambda: self._children.end_soon(plugin)):
                return
            yield from plugin_run.output(plugin, proxy.attach if proxy else None)
            yield language_pb2.RunPluginResponse(exitcode=exit_status(plugin.wait()))

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        info = request.info
        try:
            folder = environment_folder(
                info.root_directory, info.program_directory, _options(info), plugin=request.is_plugin
            )
            if folder is None or (folder / "bin" / "python").is_file():
                runner = self._interpreter(info, context, plugin=request.is_plugin)
                lines = iter([f"The sandbox's language host uses {runner.python} with what it has."])
            else:
                lines = installed(Path(info.program_directory), folder, os.environ)
            for line in lines:
                yield language_pb2.InstallDependenciesResponse(stdout=f"{line}\n".encode())
        except (OptionsError, DependenciesError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    def Template(self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext) -> Any:
        # For pip it changes nothing of a new project (toolchain/pip.go, PrepareProject).
        try:
            environment_folder(request.info.root_directory, request.info.program_directory, _options(request.info))
        except OptionsError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        return language_pb2.TemplateResponse()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        self._cancelled.set()
        self._children.end_programs_soon()
        return empty_pb2.Empty()

    def _executor_arguments(self, request: language_pb2.RunRequest) -> list[str]:
        given = {
            "monitor": request.monitor_address,
            "engine": self._engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
        }
        options = [word for name, value in given.items() if value for word in (f"--{name}", value)]
        return [*options, request.info.entry_point or ".", *request.args]

    def _interpreter(
        self, info: language_pb2.ProgramInfo, context: grpc.ServicerContext, *, plugin: bool = False
    ) -> Interpreter:
        try:
            return interpreter(info.root_directory, info.program_directory, _options(info), os.environ, plugin=plugin)
        except OptionsError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise

    def _refuse(self, what: str, request: Any, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the sandbox's language host does not {what}")

    GenerateProgram = partialmethod(_refuse, "write programs (GenerateProgram)")
    GenerateProject = partialmethod(_refuse, "write projects (GenerateProject)")
    GeneratePackage = partialmethod(_refuse, "write SDKs (GeneratePackage)")
    Pack = partialmethod(_refuse, "pack SDKs (Pack)")
    Link = partialmethod(_refuse, "link SDKs (Link)")


def _options(info: language_pb2.ProgramInfo) -> dict[str, Any]:
    return json_format.MessageToDict(info.options)


def main() -> None:
    """Serve the engine whose address is the last argument, with the executor of `--use-executor=PATH` before it."""
    parser = argparse.ArgumentParser(description="Language host for Pulumi programs in Python")
    parser.add_argument("--use-executor", required=True, help="path of the SDK's pulumi-language-python-exec")
    # The engine adds flags for logging and tracing, which have no effect here.
    given, rest = parser.parse_known_args()
    host = LanguageHost(engine_address(rest), given.use_executor)
    serve_until_told(
        lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
        host.leave,
    )


if __name__ == "__main__":
    main()
