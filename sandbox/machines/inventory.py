"""Which machines there are: the sandbox's own, spare ones, and those made since."""

import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from sandbox.network import dual_stack
from sandbox.network.addresses import CLUSTER_NETWORK, FAR_NETWORK, MACHINE_NETWORKS, MachineNetwork
from sandbox.paths import STATE
from sandbox.supervision.supervisor import PartError

RECORD = "machine.json"
"""The file in its folder that describes a machine other than the sandbox's own."""


@dataclass(frozen=True)
class Machine:
    """One machine: its name (host name too), its network and its address there."""

    name: str
    network: MachineNetwork
    address: IPv4Address | IPv6Address

    @property
    def folder(self) -> Path:
        """Where the machine's keys and files are kept."""
        return STATE / "machines" / self.name

    @property
    def root(self) -> Path:
        """Where its root filesystem is mounted, as seen from the host."""
        return self.folder / "root"


MACHINES = (
    Machine("vm-1", CLUSTER_NETWORK, IPv4Address("10.77.0.11")),
    Machine("vm-2", FAR_NETWORK, IPv4Address("10.79.0.12")),
)
_OF_IPV6 = (Machine("vm-9", CLUSTER_NETWORK, IPv6Address("fd77::19")),)
SPARE_MACHINES = (
    *(Machine(f"vm-{number}", CLUSTER_NETWORK, IPv4Address("10.77.0.10") + number) for number in range(3, 9)),
    *(_OF_IPV6 if dual_stack.ENABLED else ()),
)
"""`up` does not raise these; `start` does, for tests that need more."""


def machine(name: str) -> Machine:
    """The machine called `name`; else PartError with the existing names."""
    there = everyone()
    for known in there:
        if known.name == name:
            return known
    raise PartError(f"there is no machine {name}; there are {', '.join(known.name for known in there)}")


def everyone() -> tuple[Machine, ...]:
    """The sandbox's own machines, running or not, and those made since."""
    return (*MACHINES, *SPARE_MACHINES, *(_made(record) for record in sorted(STATE.glob(f"machines/*/{RECORD}"))))


def record(made: Machine) -> None:
    """Make a machine other than the sandbox's own known from now on."""
    made.folder.mkdir(parents=True, exist_ok=True)
    (made.folder / RECORD).write_text(json.dumps({"bridge": made.network.bridge, "address": str(made.address)}))


def _made(record: Path) -> Machine:
    said = json.loads(record.read_text())
    (network,) = (network for network in MACHINE_NETWORKS if network.bridge == said["bridge"])
    return Machine(record.parent.name, network, ip_address(said["address"]))
