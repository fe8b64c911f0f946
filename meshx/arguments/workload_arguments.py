"""Arguments of a mesh: workload. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi
    from typing_extensions import NotRequired

    from meshx.arguments.commands_arguments import CommandsArgs
    from meshx.arguments.gce_arguments import GroupArgs, MachineGceArgs
    from meshx.arguments.ports_arguments import PortArgs
    from meshx.arguments.probe_arguments import ProbeArgs
    from meshx.arguments.services_arguments import ServiceArgs
    from meshx.arguments.sidecar_arguments import SidecarArgs
    from meshx.arguments.ssh_arguments import MachineSshArgs


class MachineArgs(TypedDict):
    """A machine: an existing one, over SSH, or an instance that the stack makes."""

    name: str
    """The machine's name, unique in the stack."""
    address: pulumi.Input[str]
    """The address at which pods reach the machine."""
    second_address: NotRequired[pulumi.Input[str]]
    """Its address of the other family, for a machine that has IPv4 and IPv6: the proxy takes both. Callers are sent
    to `address` alone. Needs a mesh of both families, `meshx:mesh.dualStack`."""
    network: NotRequired[str]
    """The machine's network. Left out: its workload's."""
    labels: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Labels of this machine, beside its workload's."""
    locality: NotRequired[str]
    """Where its machines are, as `region/zone/subzone`, for balancing by locality. A machine's own goes before its
    workload's. Left out: nobody knows; of an instance in Google Cloud its zone is known."""
    weight: NotRequired[int]
    """A machine's share of its workload's calls, beside the other machines' shares. A machine's own goes before its
    workload's. Left out: 1."""
    exclude_outbound_ports: NotRequired[Sequence[int]]
    """Ports of other hosts that its machines call past the proxy. A machine's own come on top of its workload's:
    docs/machines.md."""
    exclude_outbound_ranges: NotRequired[Sequence[str]]
    """Addresses that its machines call past the proxy. A machine's own come on top of its workload's."""
    exclude_inbound_ports: NotRequired[Sequence[int]]
    """Ports of its machines that are never captured, and so never `ports`. A machine's own come on top of its
    workload's."""
    include_outbound_ranges: NotRequired[Sequence[str]]
    """Addresses that its machines call through the proxy, beside what the mesh's names lead to. Left out: all; on
    the classic line none. A machine's own come on top of its workload's."""
    ssh: NotRequired[MachineSshArgs]
    """How to connect to the machine, and its host key."""
    gce: NotRequired[MachineGceArgs]
    """Make the machine an instance of Google Compute Engine, which joins by itself when it boots, instead of over
    SSH; `{}` uses all defaults of `meshx:gce`."""
    renew_as: NotRequired[Sequence[pulumi.Input[str]]]
    """The cluster's names for the machine's Google service account: its e-mail and its number. With it the machine
    renews its token itself, like instances that meshx makes."""
    sidecar: NotRequired[SidecarArgs]
    """The package for this machine only, to try a new one. Left out: `meshx:sidecar`."""
    commands: NotRequired[CommandsArgs]
    """Your own commands to run on the machine. Left out: its workload's."""
    revoked: NotRequired[bool]
    """The machine was stolen, or is no longer trusted: the mesh refuses its identity, nobody logs in to it, and its
    workload's other machines get another service account. Keep the entry: docs/revoking.md."""


class WorkloadArgs(TypedDict):
    """One workload: its identity, its ports, and the machines that run it."""

    name: str
    """The workload's name, and its Service's."""
    namespace: str
    """The namespace, the first half of its identity."""
    create_namespace: NotRequired[bool]
    """Whether the stack makes the namespace. `false`: it must exist."""
    service_account: NotRequired[str]
    """The service account, the second half of its identity. Left out: the workload's name."""
    create_service_account: NotRequired[bool]
    """Whether the stack makes the service account. `false`: it must exist."""
    revocations: NotRequired[int]
    """How many machines of it were revoked whose entries are no longer here, or no longer say so. Never lower it: it
    keeps the identities that they had from coming back."""
    labels: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Labels of all its machines."""
    ports: NotRequired[Sequence[PortArgs]]
    """Its ports. Left out: it only makes calls, and nobody can call it."""
    services: NotRequired[Sequence[ServiceArgs]]
    """Further Services with ports of their own, which its machines serve under the same identity."""
    probe: NotRequired[ProbeArgs | Literal["none"]]
    """The probe that decides whether a machine is healthy, or `none`. Left out: healthy if its first port accepts a
    connection."""
    network: NotRequired[str]
    """The network of its machines. Left out: the mesh's."""
    locality: NotRequired[str]
    """Where its machines are, as `region/zone/subzone`, for balancing by locality. A machine's own goes before its
    workload's. Left out: nobody knows; of an instance in Google Cloud its zone is known."""
    weight: NotRequired[int]
    """A machine's share of its workload's calls, beside the other machines' shares. A machine's own goes before its
    workload's. Left out: 1."""
    exclude_outbound_ports: NotRequired[Sequence[int]]
    """Ports of other hosts that its machines call past the proxy. A machine's own come on top of its workload's:
    docs/machines.md."""
    exclude_outbound_ranges: NotRequired[Sequence[str]]
    """Addresses that its machines call past the proxy. A machine's own come on top of its workload's."""
    exclude_inbound_ports: NotRequired[Sequence[int]]
    """Ports of its machines that are never captured, and so never `ports`. A machine's own come on top of its
    workload's."""
    include_outbound_ranges: NotRequired[Sequence[str]]
    """Addresses that its machines call through the proxy, beside what the mesh's names lead to. Left out: all; on
    the classic line none. A machine's own come on top of its workload's."""
    drain_seconds: NotRequired[int]
    """How long a leaving machine still serves after callers stopped calling it, in seconds."""
    when_down: NotRequired[Literal["open", "closed"]]
    """What its ports do with calls past the proxy, as they may come while the sidecar is down. `open`: answer them,
    in plain text, whatever the mesh demands. `closed`: refuse them: docs/security.md."""
    tunnel: NotRequired[Literal["none", "hbone"]]
    """How pods in ambient mode reach it. `none`: in plain text. `hbone`: by mutual TLS at port 15008, for which its
    proxies listen: docs/reachability.md."""
    on_unreachable: NotRequired[Literal["fail", "forget"]]
    """What `destroy` does with a machine that can't be reached: stop with an error, or forget it."""
    commands: NotRequired[CommandsArgs]
    """Your own commands to run on each of its machines."""
    machines: NotRequired[Sequence[MachineArgs]]
    """The machines that run it."""
    machines_from: NotRequired[Sequence[str]]
    """Files with more machines, as YAML, JSON or CSV, with the keys of `machines`: docs/machines.md."""
    group: NotRequired[GroupArgs]
    """A group of instances of Google Compute Engine, in place of named machines."""
