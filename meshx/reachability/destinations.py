"""What is called: services of the cluster and of workloads, single machines, the control plane, by their names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from meshx.google_cloud.firewall_rules import Member
from meshx.istio.namespaces import service_host

MANY = "<machine>"
"""Stands in a name for each of several machines."""
ANY_SERVICE = service_host("<service>", "<namespace>")
"""Stands for the own name of any service of the cluster."""


class Known(Enum):
    """By what a name is known."""

    SERVICE = "a Service of Kubernetes"
    ENTRY = "a ServiceEntry, which only proxies know"
    CONTROL_PLANE = "a hosts line to the gateway"
    ADDRESS = "its own address, which leads to it by itself"
    NOTHING = "nothing"


class Callers(Enum):
    """Whose calls of it are looked at."""

    ALL = "pods and machines"
    BARE_PODS = "pods without a sidecar"
    MACHINES = "machines"


@dataclass(frozen=True)
class Endpoint:
    """Where calls end, alike for all that it stands for.

    addresses: `ip:port` by the machine's name; none for pods, and for the instances of a group. mutual_tls: whether it
    has a sidecar that answers it. identities: the SPIFFE identities that callers demand; () for any of the mesh, None
    where the control plane finds them out from the pods. instances: what firewalls go by, None for no instances.
    """

    label: str
    network: str
    mutual_tls: bool
    identities: tuple[str, ...] | None = None
    addresses: tuple[tuple[str, str], ...] = ()
    instances: Member | None = None

    @property
    def are_machines(self) -> bool:
        """Whether calls end at machines, and not at pods."""
        return bool(self.addresses) or self.instances is not None


@dataclass(frozen=True)
class Destination:
    """A name and a port that is called.

    machines: those that MANY in the host stands for. where: which of all these are, "" for a single one. by_name:
    whether proxies choose by the name in the request (HTTP) and not by address. address: the one that its Service or
    ServiceEntry states, "" where that is not known here. near: what proxies on the cluster's network call in its
    place, None for nothing else. through_gateway: whether its only endpoint is the gateway, whoever calls.
    """

    host: str
    port: int
    known: Known
    callers: Callers
    endpoints: tuple[Endpoint, ...] = ()
    by_name: bool = True
    address: str = ""
    machines: tuple[str, ...] = ()
    where: str = ""
    near: Destination | None = None
    through_gateway: bool = False

    @property
    def title(self) -> str:
        """What it is called in a table."""
        port = f":{self.port}" if self.port else ""
        if self.host != ANY_SERVICE:
            return f"{self.host}{port}"
        return f"{self.host} of {self.endpoints[0].label}"


def counted(names: list[str]) -> str:
    """Some names: all of a few, or the first and how many there are."""
    few = 3
    return ", ".join(names) if len(names) <= few else f"{names[0]} and {len(names) - 1} more"
