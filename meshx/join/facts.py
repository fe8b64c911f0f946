"""What rendering a join bundle needs, as plain values: facts of the control plane, the workload, the machine.

The stack configuration and the control plane's component provide them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.istio.api_versions import NETWORKING_GROUP
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.identities import TOKEN_AUDIENCE, spiffe_id
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.uncaptured import NOTHING_UNCAPTURED, Uncaptured


@dataclass(frozen=True)
class ControlPlaneFacts:
    """What a control plane says about itself.

    ``network`` is the cluster's own network ("" if the mesh has only one network). ``revision`` is "" or "default" for
    the unnamed one. ``proxy_defaults`` is ``defaultConfig`` of the mesh configuration (ConfigMap
    ``istio[-<revision>]``, key ``mesh``), {} if unknown: istiod's own defaults then apply. ``objects_api`` is the
    version of Istio's API that its objects get, ``gateways_namespace`` the namespace of the Gateways that apply to its
    gateway, ``root_namespace`` that of the policies that apply to the whole mesh. ``authority`` signs the machines'
    certificates, None where istiod does. ``ambient``: whether pods may be in ambient mode; ``registers_tunnels``:
    whether istiod itself labels the entries of instances as such that answer HBONE.
    """

    cluster_name: str
    mesh_id: str
    network: str
    trust_domain: str
    revision: str = ""
    system_namespace: str = SYSTEM_NAMESPACE
    proxy_defaults: Mapping[str, object] = field(default_factory=dict[str, object])
    objects_api: str = "v1"
    gateways_namespace: str = "istio-system"
    root_namespace: str = SYSTEM_NAMESPACE
    authority: CertificateAuthority | None = None
    ambient: bool = False
    registers_tunnels: bool = False

    @property
    def token_audience(self) -> str:
        """The audience of the tokens with which machines ask for certificates."""
        return self.authority.audience if self.authority else TOKEN_AUDIENCE

    @property
    def networking(self) -> str:
        """`group/version` of objects of networking.istio.io."""
        return f"{NETWORKING_GROUP}/{self.objects_api}"

    def identity(self, namespace: str, service_account: str) -> str:
        """Return the SPIFFE identity of a service account in this mesh."""
        return spiffe_id(self.trust_domain, namespace, service_account)


@dataclass(frozen=True, kw_only=True)
class ClassicFacts(ControlPlaneFacts):
    """What a control plane of Istio 1.1 to 1.4 says in addition.

    ``services_cidr`` are the ranges of the cluster's services, separated by commas. ``mutual_tls`` says whether its own
    parts use mutual TLS with machines, as with gateways; ``callers_mutual_tls`` whether callers in the mesh do by
    default, or wherever an endpoint answers it.
    """

    services_cidr: str
    mutual_tls: bool
    callers_mutual_tls: bool = False


@dataclass(frozen=True)
class Port:
    """A port of a workload: its name, and the number that the program on the machine listens on."""

    name: str
    number: int


@dataclass(frozen=True)
class WorkloadFacts:
    """One identity in the mesh and its ports.

    ``probe`` is Istio's ReadinessProbe in its JSON form (networking/v1 WorkloadGroup, field ``probe``), None without a
    probe. A workload without ``ports`` only makes calls: its proxy captures nothing inbound. ``closed_when_down``: its
    machines refuse calls to them that come past the proxy. ``tunnel``: their proxies listen for HBONE.
    """

    name: str
    namespace: str
    service_account: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: tuple[Port, ...] = ()
    probe: Mapping[str, object] | None = None
    closed_when_down: bool = False
    tunnel: bool = False

    @property
    def closed_ports(self) -> tuple[int, ...]:
        """The ports that take calls by the proxy alone, also while it is down."""
        return tuple(sorted({port.number for port in self.ports})) if self.closed_when_down else ()


@dataclass(frozen=True)
class MachineFacts:
    """One machine of a workload; one without ``name`` and ``address`` stands for all machines of a group.

    ``address`` is the IP address at which others reach it, ``network`` the name of its network. ``workload_entry`` is
    the name of its declared WorkloadEntry, None without one (a workload that only makes calls). ``certificate_seconds``
    is the lifetime of the certificates that it requests, None for the mesh's own. ``group`` is the WorkloadGroup in
    which istiod itself makes an entry when the machine connects, None if there is a declared entry or none. ``names``
    are the exposed services that it knows, each with its address there; ``looked_up`` the addresses of those that it
    knows by its proxy alone. ``both_families``: whether it has addresses of both, which its proxy is to take.
    ``uncaptured`` is what stays out of the mesh. With ``only_ranges`` there, ``services`` is the range of the cluster's
    services. ``locality`` is where it is, as ``region/zone/subzone``, "" if nobody says.
    """

    name: str
    address: str
    network: str
    workload_entry: str | None = None
    group: str | None = None
    certificate_seconds: int | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    looked_up: tuple[str, ...] = ()
    both_families: bool = False
    uncaptured: Uncaptured = NOTHING_UNCAPTURED
    services: str = ""
    locality: str = ""
