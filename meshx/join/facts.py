"""What the rendering of a join needs to know, as plain values: the control plane, the workload, the machine.

The stack configuration and the control plane's component fill these in; nothing here knows where they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.istio.identities import spiffe_id
from meshx.istio.namespaces import SYSTEM_NAMESPACE


@dataclass(frozen=True)
class ControlPlaneFacts:
    """What a control plane answers about itself.

    ``network`` is the cluster's own network ("" where the mesh has one network only). ``revision`` is "" or
    "default" for the unnamed one. ``proxy_defaults`` is ``defaultConfig`` of the mesh configuration (ConfigMap
    ``istio[-<revision>]``, key ``mesh``), {} where it is not known: istiod's own defaults then hold.
    """

    cluster_name: str
    mesh_id: str
    network: str
    trust_domain: str
    revision: str = ""
    system_namespace: str = SYSTEM_NAMESPACE
    proxy_defaults: Mapping[str, object] = field(default_factory=dict[str, object])

    def identity(self, namespace: str, service_account: str) -> str:
        """Return the SPIFFE identity of a service account in this mesh."""
        return spiffe_id(self.trust_domain, namespace, service_account)


@dataclass(frozen=True, kw_only=True)
class ClassicFacts(ControlPlaneFacts):
    """What a control plane of Istio 1.1 to 1.4 answers besides.

    ``services_cidr`` are the ranges of the cluster's services, with commas between. ``mutual_tls`` says whether its
    own parts speak mutual TLS with machines as they do where these are behind gateways; ``callers_mutual_tls`` whether
    callers in the mesh do by its default, or wherever an endpoint answers it.
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
    """One identity in the mesh and what it serves.

    ``probe`` is Istio's ReadinessProbe in its JSON form (networking/v1 WorkloadGroup, field ``probe``), None where
    nobody asks for the machine's health. A workload without ``ports`` only calls: nothing inbound is captured.
    """

    name: str
    namespace: str
    service_account: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: tuple[Port, ...] = ()
    probe: Mapping[str, object] | None = None


@dataclass(frozen=True)
class MachineFacts:
    """One machine of a workload; for all machines of a group one of no ``name`` and no ``address``.

    ``address`` is what others reach it by (an IP address), ``network`` the name of its network. ``workload_entry``
    is the name of its declared WorkloadEntry, None where there is none (a workload that only calls).
    ``certificate_seconds`` is how long a certificate that it asks for is good for, None for the mesh's own lifetime.
    ``group`` is the WorkloadGroup in which istiod itself makes an entry for the machine when it connects, None where
    there is a declared one or none. ``names`` are those of exposed services that it knows, each with its address there.
    ``uncaptured`` are ranges whose traffic never goes through its proxy.
    """

    name: str
    address: str
    network: str
    workload_entry: str | None = None
    group: str | None = None
    certificate_seconds: int | None = None
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    uncaptured: tuple[str, ...] = ()
