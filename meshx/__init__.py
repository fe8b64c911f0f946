"""meshx: virtual machines and bare-metal hosts in an Istio mesh, as a Pulumi program and component library.

The public names. Each is loaded at its first use: the engine waits until a plugin's process has started, so that
process imports subpackages and never the Pulumi SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from meshx.version import VERSION

if TYPE_CHECKING:
    from meshx.arguments import (
        AutoscalingArgs as AutoscalingArgs,
    )
    from meshx.arguments import (
        BastionArgs as BastionArgs,
    )
    from meshx.arguments import (
        CertificateAuthorityArgs as CertificateAuthorityArgs,
    )
    from meshx.arguments import (
        CertificatesArgs as CertificatesArgs,
    )
    from meshx.arguments import (
        ChartArgs as ChartArgs,
    )
    from meshx.arguments import (
        ChartValuesArgs as ChartValuesArgs,
    )
    from meshx.arguments import (
        ClusterArgs as ClusterArgs,
    )
    from meshx.arguments import (
        CommandsArgs as CommandsArgs,
    )
    from meshx.arguments import (
        ControlPlaneArgs as ControlPlaneArgs,
    )
    from meshx.arguments import (
        DnsArgs as DnsArgs,
    )
    from meshx.arguments import (
        EnvironmentArgs as EnvironmentArgs,
    )
    from meshx.arguments import (
        ExecProbeArgs as ExecProbeArgs,
    )
    from meshx.arguments import (
        ExposedArgs as ExposedArgs,
    )
    from meshx.arguments import (
        FamilyPackagesArgs as FamilyPackagesArgs,
    )
    from meshx.arguments import (
        FormerArgs as FormerArgs,
    )
    from meshx.arguments import (
        GatewayArgs as GatewayArgs,
    )
    from meshx.arguments import (
        GatewayPortsArgs as GatewayPortsArgs,
    )
    from meshx.arguments import (
        GceDefaultsArgs as GceDefaultsArgs,
    )
    from meshx.arguments import (
        GroupArgs as GroupArgs,
    )
    from meshx.arguments import (
        GroupGceArgs as GroupGceArgs,
    )
    from meshx.arguments import (
        HttpProbeArgs as HttpProbeArgs,
    )
    from meshx.arguments import (
        InstallArgs as InstallArgs,
    )
    from meshx.arguments import (
        IssuerArgs as IssuerArgs,
    )
    from meshx.arguments import (
        MachineArgs as MachineArgs,
    )
    from meshx.arguments import (
        MachineGceArgs as MachineGceArgs,
    )
    from meshx.arguments import (
        MachineSshArgs as MachineSshArgs,
    )
    from meshx.arguments import (
        MeshArgs as MeshArgs,
    )
    from meshx.arguments import (
        MeshSettingsArgs as MeshSettingsArgs,
    )
    from meshx.arguments import (
        NetworkArgs as NetworkArgs,
    )
    from meshx.arguments import (
        PackageArgs as PackageArgs,
    )
    from meshx.arguments import (
        PortArgs as PortArgs,
    )
    from meshx.arguments import (
        ProbeArgs as ProbeArgs,
    )
    from meshx.arguments import (
        RolloutArgs as RolloutArgs,
    )
    from meshx.arguments import (
        ServiceArgs as ServiceArgs,
    )
    from meshx.arguments import (
        SidecarArgs as SidecarArgs,
    )
    from meshx.arguments import (
        SshDefaultsArgs as SshDefaultsArgs,
    )
    from meshx.arguments import (
        TcpProbeArgs as TcpProbeArgs,
    )
    from meshx.arguments import (
        TokensArgs as TokensArgs,
    )
    from meshx.arguments import (
        TrustArgs as TrustArgs,
    )
    from meshx.arguments import (
        WorkloadArgs as WorkloadArgs,
    )
    from meshx.config.errors.problems import ConfigurationError
    from meshx.config.stack import StackConfiguration
    from meshx.mesh import Mesh
    from meshx.parts.control_plane_part import ControlPlane, EastWestGateway
    from meshx.parts.dns_stub_part import DnsStub
    from meshx.parts.exposed_service_part import ExposedService
    from meshx.parts.machine_part import Machine
    from meshx.parts.workload_part import Workload
    from meshx.program import mesh_from_stack_file
    from meshx.stack.providers import providers
    from meshx.stack.refused_configuration import RefusedConfigurationError
    from meshx.stack.resource_registration import begin_registrations
    from meshx.stack.stack_configuration import read

__all__ = [
    "AutoscalingArgs",
    "BastionArgs",
    "CertificateAuthorityArgs",
    "CertificatesArgs",
    "ChartArgs",
    "ChartValuesArgs",
    "ClusterArgs",
    "CommandsArgs",
    "ConfigurationError",
    "ControlPlane",
    "ControlPlaneArgs",
    "DnsArgs",
    "DnsStub",
    "EastWestGateway",
    "EnvironmentArgs",
    "ExecProbeArgs",
    "ExposedArgs",
    "ExposedService",
    "FamilyPackagesArgs",
    "FormerArgs",
    "GatewayArgs",
    "GatewayPortsArgs",
    "GceDefaultsArgs",
    "GroupArgs",
    "GroupGceArgs",
    "HttpProbeArgs",
    "InstallArgs",
    "IssuerArgs",
    "Machine",
    "MachineArgs",
    "MachineGceArgs",
    "MachineSshArgs",
    "Mesh",
    "MeshArgs",
    "MeshSettingsArgs",
    "NetworkArgs",
    "PackageArgs",
    "PortArgs",
    "ProbeArgs",
    "RefusedConfigurationError",
    "RolloutArgs",
    "ServiceArgs",
    "SidecarArgs",
    "SshDefaultsArgs",
    "StackConfiguration",
    "TcpProbeArgs",
    "TokensArgs",
    "TrustArgs",
    "Workload",
    "WorkloadArgs",
    "begin_registrations",
    "mesh_from_stack_file",
    "providers",
    "read",
]

__version__ = VERSION

_HOMES = {
    "ControlPlane": "meshx.parts.control_plane_part",
    "DnsStub": "meshx.parts.dns_stub_part",
    "EastWestGateway": "meshx.parts.control_plane_part",
    "ExposedService": "meshx.parts.exposed_service_part",
    "Machine": "meshx.parts.machine_part",
    "Workload": "meshx.parts.workload_part",
    "ConfigurationError": "meshx.config.errors.problems",
    "Mesh": "meshx.mesh",
    "RefusedConfigurationError": "meshx.stack.refused_configuration",
    "StackConfiguration": "meshx.config.stack",
    "begin_registrations": "meshx.stack.resource_registration",
    "mesh_from_stack_file": "meshx.program",
    "providers": "meshx.stack.providers",
    "read": "meshx.stack.stack_configuration",
}


def __getattr__(name: str) -> object:
    """A public name, loaded now (PEP 562)."""
    if name.endswith("Args") and name in __all__:
        return getattr(import_module("meshx.arguments"), name)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
