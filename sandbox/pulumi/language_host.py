"""`pulumi-language-python` for where no official Pulumi is installed: the service LanguageRuntime of language.proto.

It runs a project by the SDK's own `pulumi-language-python-exec`, a plugin by its folder's `__main__.py` and a policy
pack by `pulumi.policy`, as the official host of 3.250 does. What neither needs is refused by name.
"""

# ruff: noqa: N802 - the methods of a gRPC service have the names of its .proto

import argparse
import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from typing import IO, Any, NoReturn

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from meshx.provider.serving import engine_address, serve_until_told
from sandbox.pulumi.children import Children
from sandbox.pulumi.python_options import Interpreter, OptionsError, interpreter

VERSION = "3.250.0"
# The executor's exit code for "the user has seen the error already" (pulumi-language-python-exec).
_ERROR_WAS_SHOWN = 32
_CHUNK = 64 * 1024


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine. `executor` is the path of pulumi-language-python-exec."""

    def __init__(self, engine: str, executor: str) -> None:
        self._engine = engine
        self._executor = executor
        self._children = Children()

    def leave(self) -> None:
        """End what still runs."""
        self._children.end_all()

    def Handshake(self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext) -> Any:
        self._engine = request.engine_address or self._engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> Any:
        # The official host names the plugins of all SDKs in the environment, so that the engine can download them.
        # Here nothing is downloaded; a resource's own SDK says the version that it needs when it is registered.
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

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
            language_pb2.DependencyInfo(name=package["name"], version=package["version"])
            for package in json.loads(done.stdout)
        ]
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> Any:
        try:
            runner = interpreter(request.info.root_directory, _options(request.info), os.environ)
        except OptionsError as error:
            return language_pb2.RunResponse(error=str(error))
        environment = {
            **runner.environment,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [runner.python, "-u", self._executor, *self._executor_arguments(request)]
        with self._children.start(command, environment, request.pwd, stream=False) as program:
            context.add_callback(program.kill)
            code = program.wait()
        if code == _ERROR_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        if code < 0:
            return language_pb2.RunResponse(error=f"Program exited unexpectedly: signal {-code}")
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        given = dict(line.split("=", 1) for line in request.env)
        runner = self._interpreter(request.info, context, given or dict(os.environ))
        folder = request.info.program_directory
        if request.kind == "analyzer":
            command = [runner.python, "-u", "-m", "pulumi.policy", *request.args, folder]
        else:
            command = [runner.python, "-u", folder, *request.args]
        with self._children.start(command, runner.environment, request.pwd, stream=True) as plugin:
            # The engine ends a plugin by giving up the call.
            context.add_callback(lambda: self._children.end_soon(plugin))
            yield from _output(plugin)
            yield language_pb2.RunPluginResponse(exitcode=plugin.wait())

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        runner = self._interpreter(request.info, context)
        said = f"The sandbox's language host installs nothing; {runner.python} is used with what it has.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=said.encode())

    def Template(self, request: language_pb2.TemplateRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "make new projects (Template)")

    def GenerateProgram(self, request: language_pb2.GenerateProgramRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "write programs (GenerateProgram)")

    def GenerateProject(self, request: language_pb2.GenerateProjectRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "write projects (GenerateProject)")

    def GeneratePackage(self, request: language_pb2.GeneratePackageRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "write SDKs (GeneratePackage)")

    def Pack(self, request: language_pb2.PackRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "pack SDKs (Pack)")

    def Link(self, request: language_pb2.LinkRequest, context: grpc.ServicerContext) -> Any:
        self._refuse(context, "link SDKs (Link)")

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> Any:
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
        self, info: language_pb2.ProgramInfo, context: grpc.ServicerContext, environment: dict[str, str] | None = None
    ) -> Interpreter:
        try:
            return interpreter(info.root_directory, _options(info), environment or dict(os.environ))
        except OptionsError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
            raise

    def _refuse(self, context: grpc.ServicerContext, what: str) -> NoReturn:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the sandbox's language host does not {what}")
        raise AssertionError("unreachable: abort raises")


def _options(info: language_pb2.ProgramInfo) -> dict[str, Any]:
    return json_format.MessageToDict(info.options)


def _output(plugin: "subprocess.Popen[bytes]") -> Iterator[language_pb2.RunPluginResponse]:
    """What the plugin writes, as it comes, until both of its streams are at their end."""
    written: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = queue.SimpleQueue()

    def forward(name: str, stream: IO[bytes]) -> None:
        while piece := os.read(stream.fileno(), _CHUNK):
            written.put(language_pb2.RunPluginResponse(**{name: piece}))
        written.put(None)

    streams = {"stdout": plugin.stdout, "stderr": plugin.stderr}
    for name, stream in streams.items():
        if stream is not None:
            threading.Thread(target=forward, args=(name, stream), daemon=True).start()
    ended = 0
    while ended < len(streams):
        piece = written.get()
        if piece is None:
            ended += 1
        else:
            yield piece


def main() -> None:
    """Serve the engine whose address is the last argument, with the executor of `--use-executor=PATH` before it."""
    parser = argparse.ArgumentParser(description="Language host for Pulumi programs in Python")
    parser.add_argument("--use-executor", required=True, help="path of the SDK's pulumi-language-python-exec")
    # The engine adds flags for logging and tracing, which have no meaning here.
    given, rest = parser.parse_known_args()
    host = LanguageHost(engine_address(rest), given.use_executor)
    serve_until_told(
        lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
        host.leave,
    )


if __name__ == "__main__":
    main()
