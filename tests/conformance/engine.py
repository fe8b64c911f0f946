"""A plugin driven as Pulumi's engine drives it: its process, its gRPC service, and a resource's life."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from meshx.plugin_base.property_values import Properties, from_struct, to_struct

_TIMEOUT_SECONDS = 120


class FailedError(Exception):
    """A call failed; the text is what the user sees."""


class PartlyFailedError(FailedError):
    """A call failed but left a resource behind, which the engine keeps in its state."""

    def __init__(self, failed: provider_pb2.ErrorResourceInitFailed, text: str) -> None:
        super().__init__(text)
        self.id = failed.id
        self.outputs = from_struct(failed.properties)
        self.reasons = list(failed.reasons)


@dataclass
class State:
    """A resource in the engine's state."""

    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class Change:
    """What a diff said."""

    changes: bool
    replaces: Sequence[str]
    delete_before_replace: bool
    detailed: dict[str, str] = field(default_factory=dict)


class Engine:
    """Talks to one plugin process on behalf of one provider resource."""

    def __init__(self, channel: grpc.Channel, package: str) -> None:
        self._service = provider_pb2_grpc.ResourceProviderStub(channel)
        self._package = package

    def configure(self, **values: Any) -> None:
        """Give the provider its configuration, flags as the SDKs send them: JSON in strings."""
        urn = _urn(f"pulumi:providers:{self._package}", "provider")
        news = to_struct({key: ("true" if value is True else value) for key, value in values.items()})
        checked = self._call("CheckConfig", provider_pb2.CheckRequest(urn=urn, news=news))
        _raise_failures(checked)
        request = provider_pb2.ConfigureRequest(
            args=checked.inputs,
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            variables={f"{self._package}:config:{key}": value for key, value in from_struct(checked.inputs).items()},
        )
        self._call("Configure", request)

    def diff_configuration(self, olds: Properties, news: Properties) -> Change:
        """What a changed configuration of the provider takes."""
        urn = _urn(f"pulumi:providers:{self._package}", "provider")
        olds_struct = to_struct(olds)
        request = provider_pb2.DiffRequest(urn=urn, olds=olds_struct, old_inputs=olds_struct, news=to_struct(news))
        return _change(self._call("DiffConfig", request))

    def check(self, token: str, inputs: Properties, olds: Properties | None = None, name: str = "thing") -> Properties:
        """The inputs that the engine will keep."""
        request = provider_pb2.CheckRequest(
            urn=_urn(token, name),
            type=token,
            name=name,
            news=to_struct(inputs),
            olds=to_struct(olds or {}),
            randomSeed=b"s" * 32,
        )
        checked = self._call("Check", request)
        _raise_failures(checked)
        return from_struct(checked.inputs)

    def preview_create(self, token: str, inputs: Properties, name: str = "thing") -> Properties:
        """The outputs that a preview of a new resource shows."""
        return self._create(token, self.check(token, inputs, name=name), name, preview=True, timeout=0).outputs

    def create(self, token: str, inputs: Properties, name: str = "thing", timeout: float = 0) -> State:
        """Make a resource of what the program gives."""
        return self._create(token, self.check(token, inputs, name=name), name, preview=False, timeout=timeout)

    def _create(self, token: str, inputs: Properties, name: str, *, preview: bool, timeout: float) -> State:
        request = provider_pb2.CreateRequest(
            urn=_urn(token, name),
            type=token,
            name=name,
            properties=to_struct(inputs),
            preview=preview,
            timeout=timeout,
        )
        answer = self._call("Create", request)
        return State(answer.id, inputs, from_struct(answer.properties))

    def diff(self, token: str, state: State, inputs: Properties, ignored: Sequence[str] = ()) -> Change:
        """What new inputs of the program would change."""
        news = self.check(token, inputs, state.inputs)
        request = provider_pb2.DiffRequest(
            id=state.id,
            urn=_urn(token, "thing"),
            type=token,
            name="thing",
            olds=to_struct(state.outputs),
            old_inputs=to_struct(state.inputs),
            news=to_struct(news),
            ignoreChanges=list(ignored),
        )
        return _change(self._call("Diff", request))

    def update(
        self,
        token: str,
        state: State,
        inputs: Properties,
        *,
        preview: bool = False,
        ignored: Sequence[str] = (),
        timeout: float = 0,
    ) -> State:
        """Bring a resource to new inputs of the program."""
        news = self.check(token, inputs, state.inputs)
        request = provider_pb2.UpdateRequest(
            id=state.id,
            urn=_urn(token, "thing"),
            type=token,
            name="thing",
            olds=to_struct(state.outputs),
            old_inputs=to_struct(state.inputs),
            news=to_struct(news),
            preview=preview,
            ignoreChanges=list(ignored),
            timeout=timeout,
        )
        return State(state.id, news, from_struct(self._call("Update", request).properties))

    def read(self, token: str, identity: str, state: State | None = None) -> State | None:
        """Refresh a resource of the state, or look one up by its id; None where there is none."""
        request = provider_pb2.ReadRequest(
            id=identity,
            urn=_urn(token, "thing"),
            type=token,
            name="thing",
            inputs=to_struct(state.inputs if state else {}),
            properties=to_struct(state.outputs if state else {}),
        )
        answer = self._call("Read", request)
        if not answer.id:
            return None
        return State(answer.id, from_struct(answer.inputs), from_struct(answer.properties))

    def delete(self, token: str, state: State, timeout: float = 0) -> None:
        """Remove a resource."""
        request = provider_pb2.DeleteRequest(
            id=state.id,
            urn=_urn(token, "thing"),
            type=token,
            name="thing",
            properties=to_struct(state.outputs),
            old_inputs=to_struct(state.inputs),
            timeout=timeout,
        )
        self._call("Delete", request)

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._service, method)(request, timeout=_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise _failure(error) from error


class _Log(engine_pb2_grpc.EngineServicer):
    """The engine's side of a plugin's messages, without which an official plugin does not live."""

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return empty_pb2.Empty()


@contextlib.contextmanager
def _log_service() -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    engine_pb2_grpc.add_EngineServicer_to_server(_Log(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


@contextlib.contextmanager
def engine_on(command: Sequence[str], package: str, environment: dict[str, str], folder: Path) -> Iterator[Engine]:
    """A plugin process of its own, started in `folder` with `environment` over the test's own."""
    with contextlib.ExitStack() as stack:
        words = [*command, stack.enter_context(_log_service())]
        process = subprocess.Popen(
            words, env={**os.environ, **environment}, cwd=folder, stdout=subprocess.PIPE, text=True
        )
        stack.callback(_end, process)
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), f"{command[0]} printed {port!r} instead of its port"
        yield Engine(stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}")), package)


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
    if process.stdout:
        process.stdout.close()


def plugin_version(engine: Engine) -> str:
    """What the plugin says its version is."""
    return engine._call("GetPluginInfo", empty_pb2.Empty()).version


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::conformance::{token}::{name}"


def _raise_failures(checked: provider_pb2.CheckResponse) -> None:
    if checked.failures:
        raise FailedError("; ".join(f"{failure.property}: {failure.reason}" for failure in checked.failures))


def _change(answer: provider_pb2.DiffResponse) -> Change:
    kinds = {path: provider_pb2.PropertyDiff.Kind.Name(diff.kind) for path, diff in answer.detailedDiff.items()}
    some = answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    return Change(some, list(answer.replaces), answer.deleteBeforeReplace, kinds)


def _failure(error: grpc.RpcError) -> FailedError:
    trailers = dict(error.trailing_metadata() or ())  # pyright: ignore
    details = trailers.get("grpc-status-details-bin")
    if details:
        status = status_pb2.Status.FromString(details)
        for detail in status.details:
            failed = provider_pb2.ErrorResourceInitFailed()
            if detail.Unpack(failed):
                return PartlyFailedError(failed, error.details())  # pyright: ignore
    return FailedError(error.details())  # pyright: ignore
