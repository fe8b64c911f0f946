"""Destinations of calls: services of the cluster and of workloads, single machines, the control plane, by their
names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from meshx.google_cloud.firewall_rules import Member
from meshx.istio.namespaces import service_host

MANY = "<machine>"
"""Placeholder in a name for each of several machines."""
ANY_SERVICE = service_host("<service>", "<namespace>")
"""Placeholder for the name of any service of the cluster."""


class NameSource(Enum):
    """What makes a name known."""

    SERVICE = "a Service of Kubernetes"
    ENTRY = "a ServiceEntry, which only proxies know"
    CONTROL_PLANE = "what leads to the gateway: a hosts line, or its host name"
    ADDRESS = "its own address, which leads to it by itself"
    NOTHING = "nothing"


class Callers(Enum):
    """The callers whose calls the table shows."""

    ALL = "pods and machines"
    PAST_PROXY = "pods without a sidecar, and machines if it stays out of the mesh there"
    MACHINES = "machines"


@dataclass(frozen=True)
class Endpoint:
    """Where calls end. It may stand for several machines or pods that are alike.

    addresses: `ip:port` by the machine's name; none for pods, and for the instances of a group. mutual_tls: whether it
    has a sidecar that answers it on this port. identities: the SPIFFE identities that callers require; () for any of
    the mesh, None if the control plane derives them from the pods. instances: what firewalls match, None if there are
    no instances. families: of the addresses that callers are sent to, 4 and 6; none where nothing says it. tunnel:
    whether it answers HBONE, as istiod says of it.
    """

    label: str
    network: str
    mutual_tls: bool
    identities: tuple[str, ...] | None = None
    addresses: tuple[tuple[str, str], ...] = ()
    instances: Member | None = None
    families: tuple[int, ...] = ()
    tunnel: bool = False

    @property
    def are_machines(self) -> bool:
        """Whether calls end at machines, and not at pods."""
        return bool(self.addresses) or self.instances is not None


@dataclass(frozen=True)
class Destination:
    """A name and a port that callers use.

    machines: the machines that MANY in the host stands for. where: where these are, "" for a single one. by_name:
    whether proxies choose by the name in the request (HTTP) and not by address. address: the address in its Service or
    ServiceEntry, "" if not known here. families: of its Service's addresses, 4 and 6; none where nothing says it. near:
    what proxies on the cluster's network call instead, or None; near_by_address: whether they do so by its address too,
    and not only by name. through_gateway: whether its only endpoint is the gateway, for every caller.
    """

    host: str
    port: int
    name_source: NameSource
    callers: Callers
    endpoints: tuple[Endpoint, ...] = ()
    by_name: bool = True
    address: str = ""
    families: tuple[int, ...] = ()
    machines: tuple[str, ...] = ()
    where: str = ""
    near: Destination | None = None
    near_by_address: bool = False
    through_gateway: bool = False

    @property
    def title(self) -> str:
        """Its name in a table."""
        port = f":{self.port}" if self.port else ""
        if self.host != ANY_SERVICE:
            return f"{self.host}{port}"
        return f"{self.host} of {self.endpoints[0].label}"


def counted(names: list[str]) -> str:
    """All names if they are few, else the first and how many more there are."""
    few = 3
    return ", ".join(names) if len(names) <= few else f"{names[0]} and {len(names) - 1} more"
