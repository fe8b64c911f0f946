"""The sandbox's networks: one network namespace, tied to the host by a veth pair and a few routes.

Bridges, addresses and packet rules are in the namespace and go with it; the host's own tables stay as they are.
"""

import json
import subprocess
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from sandbox.network import dual_stack
from sandbox.network.addresses import (
    CLUSTER_NETWORK,
    HEALTH_CHECKER,
    HOST_ADDRESS,
    HOST_LINK,
    INNER_LINK,
    MACHINE_NETWORKS,
    METADATA_SERVER,
    NODE_ADDRESS,
    ROUTED,
    SERVICES,
)
from sandbox.supervision.supervisor import NotReadyError

NAMESPACE = "meshx"
NAMESPACE_FILE = Path("/run/netns") / NAMESPACE


class NetworkError(Exception):
    """The network could not be set up. The message names what is in the way and the remedy."""


def inside(*command: str) -> list[str]:
    """`command` as run in the sandbox's network. `ip netns exec` would mount /sys again, over the control groups."""
    return ["nsenter", f"--net={NAMESPACE_FILE}", *command]


def exists() -> bool:
    """Whether the namespace exists; the plain file that a killed start leaves does not count."""
    return NAMESPACE_FILE in mount_points()


def set_up() -> None:
    """Make the missing ones of namespace, links, bridges, addresses and routes; leaves the others."""
    for network in (*ROUTED, *(dual_stack.ROUTED if dual_stack.ENABLED else ())):
        _refuse_foreign_route(network)
    if not exists():
        NAMESPACE_FILE.unlink(missing_ok=True)
        _ip(f"netns add {NAMESPACE}")
    if not Path(f"/sys/class/net/{HOST_LINK}").exists():
        # The other end is made directly inside the namespace: there is no moment with half a pair on the host.
        _ip(f"link add {HOST_LINK} type veth peer name {INNER_LINK} netns {NAMESPACE}")
    have = {link["ifname"] for link in json.loads(_ip("-json link show", NAMESPACE))}
    inner = [f"link add {net.bridge} type bridge" for net in MACHINE_NETWORKS if net.bridge not in have]
    for net in MACHINE_NETWORKS:
        inner += [f"address replace {net.gateway} dev {net.bridge}", f"link set {net.bridge} up"]
    inner += [
        "link set lo up",
        f"address replace {METADATA_SERVER}/32 dev lo",
        f"address replace {HEALTH_CHECKER}/32 dev lo",
        f"address replace {NODE_ADDRESS}/{HOST_ADDRESS.network.prefixlen} dev {INNER_LINK}",
        f"link set {INNER_LINK} up",
        # The node's own calls to a service need a route before kube-proxy's rules turn the address into a pod's. There
        # is no default route: a destination without a route is refused at once.
        f"route replace {SERVICES} dev lo src {NODE_ADDRESS}",
    ]
    outer = [f"address replace {HOST_ADDRESS} dev {HOST_LINK}", f"link set {HOST_LINK} up"]
    outer += [f"route replace {network} via {NODE_ADDRESS} dev {HOST_LINK}" for network in ROUTED]
    _batch(inner, NAMESPACE)
    _batch(outer)
    _setting("net.ipv4.ip_forward", "1")
    if dual_stack.ENABLED:
        _set_up_ipv6()
    # Report every refusal: at the usual one a second, a machine's second query for a name would wait five seconds.
    _setting("net.ipv4.icmp_ratelimit", "0")


def _set_up_ipv6() -> None:
    node = dual_stack.NODE_ADDRESS
    # Addresses count at once: nobody else could have them.
    inner = [
        f"address replace {dual_stack.CLUSTER_GATEWAY} dev {CLUSTER_NETWORK.bridge} nodad",
        f"address replace {node}/{dual_stack.HOST_ADDRESS.network.prefixlen} dev {INNER_LINK} nodad",
        f"route replace {dual_stack.SERVICES} dev lo src {node}",
    ]
    outer = [f"address replace {dual_stack.HOST_ADDRESS} dev {HOST_LINK} nodad"]
    outer += [f"route replace {network} via {node} dev {HOST_LINK}" for network in dual_stack.ROUTED]
    _batch(inner, NAMESPACE)
    _batch(outer)
    _setting("net.ipv6.conf.all.forwarding", "1")


def listens(port: int) -> bool:
    """Whether something in the namespace accepts TCP connections on `port`."""
    return bool(_run(inside("ss", "-Hltn", "sport", "=", f":{port}")).strip())


def check() -> None:
    """Raise NotReadyError while there is no namespace."""
    if not exists():
        raise NotReadyError(f"there is no network namespace {NAMESPACE}")


def remove() -> None:
    """Remove the namespace and the host's link, if they exist; its routes go with the link."""
    if Path(f"/sys/class/net/{HOST_LINK}").exists():
        _ip(f"link delete {HOST_LINK}")
    if exists():
        _ip(f"netns delete {NAMESPACE}")
    NAMESPACE_FILE.unlink(missing_ok=True)
    # `ip netns` mounts the folder onto itself, and leaves it so; if others have namespaces there, it stays.
    folder = NAMESPACE_FILE.parent
    while folder.is_dir() and not any(folder.iterdir()) and folder in mount_points():
        _run(["umount", str(folder)])


def mount_points() -> list[Path]:
    """All mount points of this host, in the order of mounting."""
    return [Path(line.split()[4]) for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def _refuse_foreign_route(network: IPv4Network | IPv6Network) -> None:
    for route in json.loads(_ip(f"-json -{network.version} route show exact {network}") or "[]"):
        if route.get("dev") != HOST_LINK:
            raise NetworkError(
                f"the host already routes {network} through {route.get('dev')}, and the sandbox needs that range: "
                f"take that route away while the sandbox runs, or use a machine without it"
            )


def _setting(name: str, value: str) -> None:
    # /proc/sys/net shows the settings of its reader's network.
    _run(inside("tee", f"/proc/sys/{name.replace('.', '/')}"), value)


def _ip(arguments: str, namespace: str = "") -> str:
    return _run(["ip", *(["-n", namespace] if namespace else []), *arguments.split()])


def _batch(lines: list[str], namespace: str = "") -> None:
    _run(["ip", *(["-n", namespace] if namespace else []), "-batch", "-"], "\n".join(lines) + "\n")


def _run(command: list[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout
