"""All parts of the sandbox, and starting and stopping one of them: the tests break them one by one."""

from sandbox import (
    control_plane,
    coredns,
    links,
    loadbalancer,
    machines,
    network,
    node,
    separation,
    ssh_agent,
    supervisor,
)
from sandbox.gce import running
from sandbox.supervisor import Part, PartError

PARTS = (
    Part("network", prepare=network.set_up, check=network.check),
    *separation.PARTS,
    *links.PARTS,
    *control_plane.PARTS,
    *node.PARTS,
    *coredns.PARTS,
    *loadbalancer.PARTS,
    *machines.PARTS,
    *ssh_agent.PARTS,
    *running.PARTS,
)


def part(name: str) -> Part:
    """The part called `name`; PartError with the names there are, otherwise."""
    for known in (*PARTS, *machines.spare_parts()):
        if known.name == name:
            return known
    raise PartError(f"there is no part {name}; there are {', '.join(known.name for known in PARTS)}")


def start(name: str) -> str:
    """Raise one part, whose needs run, and wait until it serves. Returns "started" or "was running"."""
    with supervisor.alone():
        return supervisor.start(part(name))


def stop(name: str) -> None:
    """End one part's process and what it started."""
    with supervisor.alone():
        supervisor.stop(part(name))
