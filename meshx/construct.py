"""Makes one component for a program in another language: the process that meshx/plugin_base/constructing.py starts.

It does what a program in Python does, with the SDK's own code for the components of plugins.
docs/decisions/0015-components-of-the-package-have-processes.md says what was decided, and why.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO, cast

import grpc
import pulumi
from google.protobuf import struct_pb2
from pulumi.errors import InputPropertyErrorDetails
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, status_pb2
from pulumi.runtime.settings import set_root_resource
from pulumi.runtime.stack import wait_for_rpcs
from pydantic.alias_generators import to_camel

from meshx.config.errors.paths import Location, path_of, property_path
from meshx.config.errors.problems import ConfigurationError, Problem
from meshx.mesh import Mesh
from meshx.parts.control_plane_part import ControlPlane, EastWestGateway
from meshx.parts.referred import PARTS, Given
from meshx.plugin_base.constructing import FAILED, OK
from meshx.plugin_base.property_values import Properties, from_struct
from meshx.plugin_base.secrecy import mask
from meshx.provider.package_schema import COMPONENTS
from meshx.stack.construct_inputs import holds_unknown, inputs_of

WHOLE: Mapping[str, Callable[..., pulumi.ComponentResource]] = {
    "meshx:index:Mesh": Mesh,
    "meshx:index:ControlPlane": ControlPlane,
    "meshx:index:EastWestGateway": EastWestGateway,
}
"""Those that are added to nothing, by token; meshx/provider/package_schema.py describes all."""
_PARENT_CHECK_SECONDS = 1.0


def outputs_of(component: type[pulumi.ComponentResource]) -> list[str]:
    """The names of what is annotated on a component's class and those that it is made from, below the SDK's."""
    ours = [one for one in component.__mro__ if one.__module__.startswith("meshx.")]
    return [name for one in ours for name in vars(one).get("__annotations__", {})]


class Components(Provider):
    """The SDK's interface of a plugin with components. given: the arguments, as they came."""

    def __init__(self, given: struct_pb2.Struct) -> None:
        super().__init__(None)  # pyright: ignore[reportArgumentType] - the version, which only its own host asks for
        self._given = given

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        options = options or pulumi.ResourceOptions()
        if options.parent is not None:
            # What a component makes beside itself, its providers, then stands where the component does
            # (pulumi/pulumi#19636: otherwise below nothing).
            set_root_resource(options.parent)
        if resource_type in PARTS:
            made = PARTS[resource_type][1](Given(name, self._given, options, COMPONENTS[resource_type].place))
        else:
            made = WHOLE[resource_type](name, inputs_of(self._given), options)
        # What is annotated on the class is an output: meshx/provider/package_schema.py reads the same names.
        outputs = {to_camel(one): getattr(made, one) for one in outputs_of(type(made))}
        return ConstructResult(made.urn, outputs)


def _refusal(
    problems: Iterable[Problem], given: Properties, place: Location
) -> tuple[str, list[InputPropertyErrorDetails]]:
    """Problems as the engine tells them, with the path and the value: its message, and those that it may complete.

    place: where the component's keys stand in the configuration of a mesh; what stands elsewhere is told by its whole
    path.

    The engine ends with a panic if anything at a path is not known (3.276, propertyprint.Value), so the message itself
    has such ones, in the engine's form.
    """
    message, told = "its arguments can't be taken", list[InputPropertyErrorDetails]()
    for problem in problems:
        ours = problem.location[: len(place)] == place
        location = problem.location[len(place) :] if ours else ()
        path = property_path(location)
        of_file = problem.path != path_of(problem.location)  # of machines
        where = f"{problem.path}: " if of_file or not ours else ""
        reason = mask(f"{where}{problem.wrong}; write: {problem.remedy}", given)
        if path and not holds_unknown(given, location):
            told.append({"property_path": path, "reason": reason})
        else:
            message += f"\n\t\t- property {path} has a problem: {reason}" if path else f"\n\t\t- {reason}"
    return message, told


class _Servicer(ProviderServicer):
    """The SDK's answer to Construct, but for the arguments, which it need not read."""

    @staticmethod
    async def _construct_inputs(inputs: struct_pb2.Struct, input_dependencies: object) -> dict[str, Any]:
        return {}


def main() -> None:
    """Read the request from standard input, make the component, answer on standard output. Does not return."""
    # A terminal's interrupt reaches the engine as well, which ends what it wants ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(int(sys.argv[-2]),), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        asyncio.run(_answer(provider_pb2.ConstructRequest.FromString(sys.stdin.buffer.read()), answers))
        answers.flush()
    os._exit(0)


def _end_with(plugin: int) -> None:
    """End this process once the plugin is gone: a killed one tells nobody, and the SDK may wait for the engine forever.

    plugin: the id of its process, this one's parent.
    """
    while os.getppid() == plugin:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(1)


async def _answer(request: provider_pb2.ConstructRequest, answers: BinaryIO) -> None:
    given = from_struct(request.inputs)
    servicer = _Servicer(Components(request.inputs), [], sys.argv[-1])
    try:
        # The SDK uses the call's context for errors of its own kind alone, which no component of ours raises.
        response = await servicer.Construct(request, cast("Any", None))
        # Also for what outputs have still to do; in the SDK's own host their tasks would be those of other calls too.
        await wait_for_rpcs()
    except ConfigurationError as error:
        # Also what is found only once outputs among the arguments are known.
        status = servicer.create_grpc_invalid_properties_status(
            *_refusal(error.problems, given, COMPONENTS[request.type].place)
        )
        answers.write(FAILED + _serialized(status))
    except SystemExit:
        # The SDK leaves so once the engine is gone, or has shown what is wrong (pulumi/runtime/rpc_manager.py).
        answers.write(FAILED + _failure(grpc.StatusCode.CANCELLED, "the run ended before the component was made"))
    except Exception as error:
        answers.write(FAILED + _failure(grpc.StatusCode.UNKNOWN, mask(str(error), given)))
    else:
        answers.write(OK + response.SerializeToString())


def _failure(code: grpc.StatusCode, message: str) -> bytes:
    return status_pb2.Status(code=code.value[0], message=message).SerializeToString()


def _serialized(status: grpc.Status) -> bytes:
    """The status as a message, with its details: what gRPC has in its trailer."""
    return cast("bytes", dict(status.trailing_metadata or ())["grpc-status-details-bin"])


if __name__ == "__main__":
    main()
