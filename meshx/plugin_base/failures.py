"""A plugin's errors as the engine reads them: gRPC statuses, with details about what was left behind."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from meshx.plugin_base.custom_resource import PartialFailure, ResourceError
from meshx.plugin_base.property_values import Properties, to_struct
from meshx.plugin_base.secrecy import mark_secrets, mask


class RpcStatus(grpc.Status):
    """A status with the details of google.rpc.Status in gRPC's trailer for them."""

    def __init__(self, code: grpc.StatusCode, message: str, *details: any_pb2.Any) -> None:
        self.code = code
        self.details = message
        status = status_pb2.Status(code=code.value[0], message=message, details=details)
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),) if details else ()


def status_of(error: Exception, *given: Properties) -> RpcStatus:
    """The status that tells the engine of `error`.

    `given` are the properties of the request as they came, with marks: the text gets their secrets masked, and the
    state of a PartialFailure gets them marked.
    """
    if isinstance(error, PartialFailure):
        failed = provider_pb2.ErrorResourceInitFailed(
            id=error.id,
            properties=to_struct(mark_secrets(error.outputs, *given)),
            reasons=[mask(reason, *given) for reason in error.reasons],
            inputs=to_struct(mark_secrets(error.inputs, *given)) if error.inputs is not None else None,
        )
        detail = any_pb2.Any()
        detail.Pack(failed)
        return RpcStatus(grpc.StatusCode.UNKNOWN, mask(str(error), *given), detail)
    if isinstance(error, ResourceError):
        return RpcStatus(grpc.StatusCode.UNKNOWN, mask(str(error), *given))
    return RpcStatus(grpc.StatusCode.INTERNAL, mask(one_line(error), *given))


def one_line(error: BaseException) -> str:
    """The kind and text of an unexpected error on one line."""
    text: Any = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
