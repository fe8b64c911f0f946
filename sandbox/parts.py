"""All parts of the sandbox; starts and stops single ones, since the tests break them one by one."""

from sandbox.builds import artifact
from sandbox.files import link
from sandbox.gce import running as gce
from sandbox.kubernetes import control_plane, coredns, loadbalancer, node
from sandbox.machines import running as machines
from sandbox.machines import ssh_agent
from sandbox.network import name_server, namespace, separation
from sandbox.paths import STATE
from sandbox.supervision import supervisor
from sandbox.supervision.supervisor import Part, PartError


def _link_artifacts() -> None:
    """Link built things at fixed places in the state folder, for the program and for people."""
    link(STATE / "charts", artifact("charts"))
    link(STATE / "istio-sidecar.deb", artifact("sidecar-package") / "istio-sidecar.deb")


PARTS = (
    Part("network", prepare=namespace.set_up, check=namespace.check),
    *separation.PARTS,
    *name_server.PARTS,
    Part("artifacts", prepare=_link_artifacts),
    *control_plane.PARTS,
    *node.PARTS,
    *coredns.PARTS,
    *loadbalancer.PARTS,
    *machines.PARTS,
    *ssh_agent.PARTS,
    *gce.PARTS,
)


def part(name: str) -> Part:
    """The part called `name`; else PartError with the existing names."""
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
