"""Parts for programs in other languages, which name what they are added to by resources of the program.

The engine hands over such a resource's URN, and meshx/parts/records.py reads back what it kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from google.protobuf import struct_pb2

from meshx.config.errors.paths import Location
from meshx.parts.added_part import refused
from meshx.parts.dns_stub_part import DnsStub
from meshx.parts.exposed_service_part import ExposedService
from meshx.parts.machine_part import Machine
from meshx.parts.records import control_plane_as_kept, exposed_services_as_kept, workload_as_kept
from meshx.parts.workload_part import Workload
from meshx.stack.construct_inputs import inputs_of, referred

CONTROL_PLANES = ("meshx:index:ControlPlane", "meshx:index:EastWestGateway")
_REFERENCES = ("controlPlane", "workload", "exposed")


@dataclass(frozen=True)
class Given:
    """What a program hands over for a part. place: where its keys stand in the configuration of a mesh."""

    name: str
    inputs: struct_pb2.Struct
    options: pulumi.ResourceOptions
    place: Location

    @property
    def keys(self) -> Any:
        """The part's own arguments."""
        return {key: value for key, value in inputs_of(self.inputs).items() if key not in _REFERENCES}

    def one(self, key: str, tokens: Collection[str]) -> str:
        """The URN of the resource at a key; RefusedConfigurationError if it is none of these types."""
        return self._checked(referred(self.inputs.fields[key]), (*self.place, key), tokens)

    def several(self, key: str, tokens: Collection[str]) -> list[str]:
        """The URNs of the resources of a list."""
        found: object = referred(self.inputs.fields[key]) if key in self.inputs.fields else []
        items = cast("list[object]", found) if isinstance(found, list) else [found]
        return [self._checked(item, (*self.place, key, position), tokens) for position, item in enumerate(items)]

    def _checked(self, found: object, location: Location, tokens: Collection[str]) -> str:
        kind = found.split("::")[2].rpartition("$")[2] if isinstance(found, str) else ""
        if isinstance(found, str) and kind in tokens:
            return found
        wrong = f"a {kind} stands here" if kind else "no resource stands here"
        names = " or ".join(token.rpartition(":")[2] for token in tokens)
        raise refused(location, wrong, f"a {names} of this program")


def _workload(given: Given) -> Workload:
    control_plane = control_plane_as_kept(given.one("controlPlane", CONTROL_PLANES))
    exposed = exposed_services_as_kept(given.several("exposed", ["meshx:index:ExposedService"]))
    return Workload(given.name, given.keys, given.options, control_plane=control_plane, exposed=exposed)


def _machine(given: Given) -> Machine:
    workload = workload_as_kept(given.one("workload", ["meshx:index:Workload"]))
    return Machine(given.name, given.keys, given.options, workload=workload)


def _exposed_service(given: Given) -> ExposedService:
    control_plane = control_plane_as_kept(given.one("controlPlane", CONTROL_PLANES))
    return ExposedService(given.name, given.keys, given.options, control_plane=control_plane)


def _dns_stub(given: Given) -> DnsStub:
    control_plane = control_plane_as_kept(given.one("controlPlane", CONTROL_PLANES))
    return DnsStub(given.name, given.keys, given.options, control_plane=control_plane)


PARTS: dict[str, tuple[type[pulumi.ComponentResource], Callable[[Given], pulumi.ComponentResource]]] = {
    "meshx:index:Workload": (Workload, _workload),
    "meshx:index:Machine": (Machine, _machine),
    "meshx:index:ExposedService": (ExposedService, _exposed_service),
    "meshx:index:DnsStub": (DnsStub, _dns_stub),
}
"""By the package's tokens: the class, and what makes it."""
