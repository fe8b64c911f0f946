"""The messages of istio.v1.auth.IstioCertificateService, field by field.

Source: istio.io/api/security/v1alpha1/ca.proto.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2

SERVICE = "istio.v1.auth.IstioCertificateService"
METHOD = f"/{SERVICE}/CreateCertificate"
_FIELD = descriptor_pb2.FieldDescriptorProto


def messages() -> tuple[Any, Any]:
    """The types of request and answer."""
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="ca.proto", package="istio.v1.auth", syntax="proto3")
    file.dependency.append(struct_pb2.DESCRIPTOR.name)
    request = file.message_type.add(name="IstioCertificateRequest").field
    request.add(name="csr", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_OPTIONAL)
    request.add(name="validity_duration", number=3, type=_FIELD.TYPE_INT64, label=_FIELD.LABEL_OPTIONAL)
    struct = {"type": _FIELD.TYPE_MESSAGE, "type_name": ".google.protobuf.Struct", "label": _FIELD.LABEL_OPTIONAL}
    request.add(name="metadata", number=4, **struct)
    answer = file.message_type.add(name="IstioCertificateResponse").field
    answer.add(name="cert_chain", number=1, type=_FIELD.TYPE_STRING, label=_FIELD.LABEL_REPEATED)
    pool.Add(file)
    found = (
        pool.FindMessageTypeByName(f"istio.v1.auth.{name}")
        for name in ("IstioCertificateRequest", "IstioCertificateResponse")
    )
    request_type, answer_type = (message_factory.GetMessageClass(one) for one in found)
    return request_type, answer_type
