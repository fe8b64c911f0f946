"""What the engine has of a resource of this run that another process registered."""

from typing import Any, cast

import grpc
import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import get_monitor

_FUNCTION = "pulumi:pulumi:getResource"
"""The engine's own, by which SDKs read what a resource reference names (pulumi/pkg/resource/deploy/builtins.go)."""


def outputs_of(urn: str) -> struct_pb2.Struct:
    """The outputs of a resource, as they are on the wire; pulumi.RunError if this run has none of that URN."""
    request = resource_pb2.ResourceInvokeRequest(tok=_FUNCTION, acceptResources=True)
    request.args.update({"urn": urn})
    try:
        answer: Any = cast("Any", get_monitor()).Invoke(request)
    except grpc.RpcError as error:
        raise pulumi.RunError(f"the engine does not know {urn}: {cast('Any', error).details()}") from None
    return getattr(answer, "return").fields["state"].struct_value
