"""What control planes and their parts keep among their outputs, for parts that other processes make.

A program in another language has each component made in a process of its own
(docs/decisions/0015-components-of-the-package-have-processes.md). The engine keeps the outputs and gives them back by
the component's URN, which is what a program hands over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast

import pulumi
from google.protobuf import struct_pb2
from pulumi.resource import DependencyProviderResource, DependencyResource
from pulumi.runtime import rpc

from meshx.components.foundation import MeshBase
from meshx.components.shared.control_plane_interface import ControlPlane as LineControlPlane
from meshx.components.shared.gateway_values import Gateway, of_gateway
from meshx.config.owner import Owner
from meshx.config.program_arguments import Arguments, with_values
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.join.facts import ClassicFacts, ControlPlaneFacts
from meshx.join.gateway_endpoint import GatewayEndpoint
from meshx.plugin_base.property_values import Secret, from_value
from meshx.stack.awaited_outputs import substituted
from meshx.stack.construct_inputs import inputs_of
from meshx.stack.engine_state import outputs_of
from meshx.stack.given_mesh import GivenMesh, given_again

KEY = "forParts"
"""The output that has it."""
_MACHINES = ("machines", "machinesFrom", "machines_from", "group")


class PartedMesh(Protocol):
    """What a part needs of its control plane, which this process made or read back."""

    @property
    def urn(self) -> pulumi.Input[str]: ...
    @property
    def base(self) -> MeshBase: ...
    @property
    def of_line(self) -> LineControlPlane: ...


class KnownWorkload(Protocol):
    """What a machine needs of its workload. stated, known: the workload's arguments, and its exposed services'."""

    @property
    def control_plane(self) -> PartedMesh: ...
    @property
    def stated(self) -> Mapping[str, Any]: ...
    @property
    def known(self) -> list[dict[str, Any]]: ...


class KnownService(Protocol):
    """What a workload needs of an exposed service. stated: its arguments, with its address."""

    @property
    def stated(self) -> Mapping[str, Any]: ...


@dataclass
class _LineAsKept:
    """A line's control plane as another process made it."""

    facts: ControlPlaneFacts
    root_certificate: pulumi.Output[str]
    gateway: Gateway
    gateway_for_ipv6: Gateway
    gateway_address: pulumi.Output[str]
    name_servers: list[pulumi.Output[str]]
    ready: list[pulumi.Resource]


@dataclass(frozen=True)
class _MeshAsKept:
    urn: str
    base: MeshBase
    of_line: LineControlPlane


class _WorkloadAsKept(DependencyResource):
    def __init__(self, urn: str, kept: struct_pb2.Struct) -> None:
        super().__init__(urn)
        stated = _stated(kept)
        self.control_plane = control_plane_as_kept(_text(kept, "controlPlane"))
        self.stated, self.known = cast("dict[str, Any]", stated["workload"]), cast("list[Any]", stated["exposed"])


class _ServiceAsKept(DependencyResource):
    def __init__(self, urn: str, kept: struct_pb2.Struct) -> None:
        super().__init__(urn)
        self.stated = cast("dict[str, Any]", _stated(kept)["service"])


def control_plane_record(mesh: PartedMesh) -> dict[str, Any]:
    """What a control plane keeps."""
    base, line = mesh.base, mesh.of_line
    taken = base.given.taken or Arguments()
    return {
        **_kept(taken.stated, taken),
        "name": base.given.owner,
        "owner": asdict(base.owner),
        "providers": [_reference(one) for one in base.providers],
        "facts": json.dumps(asdict(line.facts)),
        "gatewayAddress": substituted(line.gateway_address),
        "gateway": of_gateway(line.gateway, _endpoint),
        "gatewayForIpv6": of_gateway(line.gateway_for_ipv6, _endpoint),
        "rootCertificate": substituted(line.root_certificate),
        "nameServers": list(line.name_servers),
        "ready": [one.urn for one in line.ready],
    }


def _endpoint(gateway: GatewayEndpoint) -> dict[str, Any]:
    return {**asdict(gateway), "host": substituted(gateway.host)}


def _endpoint_as_kept(kept: pulumi.Input[Mapping[str, Any]]) -> Gateway:
    return pulumi.Output.from_input(kept).apply(
        lambda one: GatewayEndpoint(one["host"], int(one["control_plane"]), int(one["services"]))
    )


def workload_record(control_plane: PartedMesh, given: GivenMesh) -> dict[str, Any]:
    """What a workload keeps, given with its control plane's settings."""
    taken = given.taken or Arguments()
    (workload,) = cast("list[dict[str, Any]]", taken.stated["workloads"])
    stated = {"workload": without_machines(workload), "exposed": taken.stated["exposed"]}
    return {**_kept(stated, taken), "controlPlane": control_plane.urn}


def exposed_service_record(given: GivenMesh, address: str) -> dict[str, Any]:
    """What an exposed service keeps, given with its control plane's settings. address: where its name leads to."""
    taken = given.taken or Arguments()
    (service,) = cast("list[dict[str, Any]]", taken.stated["exposed"])
    return _kept({"service": {**service, **({"address": address} if address else {})}}, taken)


def without_machines(workload: Mapping[str, Any]) -> dict[str, Any]:
    """A workload's arguments without those that make machines."""
    return {key: value for key, value in workload.items() if key not in _MACHINES}


def control_plane_as_kept(urn: str) -> PartedMesh:
    """The control plane with a URN, as it was kept."""
    kept = _record(urn)
    inputs = inputs_of(kept)
    line = _LineAsKept(
        facts_as_kept(_text(kept, "facts")),
        pulumi.Output.from_input(inputs["rootCertificate"]),
        _endpoint_as_kept(inputs["gateway"]),
        _endpoint_as_kept(inputs["gatewayForIpv6"]),
        pulumi.Output.from_input(inputs["gatewayAddress"]),
        [pulumi.Output.from_input(one) for one in inputs["nameServers"]],
        [DependencyResource(one) for one in inputs["ready"]],
    )
    given = given_again(urn.rpartition("::")[2], _stated(kept), _text(kept, "name"))
    providers: list[pulumi.ProviderResource] = [DependencyProviderResource(one) for one in inputs["providers"]]
    return _MeshAsKept(urn, MeshBase(given, Owner(**inputs["owner"]), providers), line)


def facts_as_kept(text: str) -> ControlPlaneFacts:
    """What a control plane says about itself, as it was kept: the JSON of the facts' fields."""
    facts = json.loads(text)
    if facts["authority"]:
        facts["authority"] = CertificateAuthority(**facts["authority"])
    return (ClassicFacts if "services_cidr" in facts else ControlPlaneFacts)(**facts)


def workload_as_kept(urn: str) -> KnownWorkload:
    """The workload with a URN, as it was kept."""
    return _WorkloadAsKept(urn, _record(urn))


def exposed_services_as_kept(urns: Iterable[str]) -> list[KnownService]:
    """The exposed services with these URNs, as they were kept."""
    return [_ServiceAsKept(urn, _record(urn)) for urn in urns]


def _kept(stated: Mapping[str, Any], taken: Arguments) -> dict[str, Any]:
    """What was stated as one text, which JSON keeps as it is, and the outputs in it. Secret, as keys may be in it."""
    text = json.dumps(stated)
    values = {placeholder: substituted(placeholder) for placeholder in taken.awaited if placeholder in text}
    return {"stated": pulumi.Output.secret(text), "values": values}


def _stated(kept: struct_pb2.Struct) -> dict[str, Any]:
    return with_values(json.loads(_text(kept, "stated")), inputs_of(kept.fields["values"].struct_value))


def _record(urn: str) -> struct_pb2.Struct:
    outputs = outputs_of(urn)
    if KEY not in outputs.fields:
        raise pulumi.RunError(f"{urn} keeps nothing for its parts: run `pulumi up` with this version of meshx first")
    return outputs.fields[KEY].struct_value


def _text(kept: struct_pb2.Struct, key: str) -> str:
    value = from_value(kept.fields[key])
    return str(value.value if isinstance(value, Secret) else value)


def _reference(provider: pulumi.ProviderResource) -> pulumi.Output[str]:
    """How the engine calls a provider: by URN and id (pulumi/sdk/go/common/providers/reference.go)."""

    async def text() -> str:
        return f"{await provider.urn.future()}::{await provider.id.future() or rpc.UNKNOWN}"

    return pulumi.Output.from_input(text())
