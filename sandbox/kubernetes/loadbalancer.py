"""What a cloud does for Services of type LoadBalancer: gives each an address of the sandbox's pool, and answers for it.

Runs as its own process (`python -m sandbox.kubernetes.loadbalancer`) in the sandbox's network. It puts the address
on the cluster network's bridge and writes it into the Service's status; kube-proxy then serves it. The Services say who
has which address, and it takes any other off the bridge. In a sandbox of both families a Service that has IPv6 gets an
address of IPv6, too.

A Service with the annotation HOST_NAME gets a host name and no address, as on AWS: the sandbox's name servers lead to
its address, of IPv4, which is nowhere else, and it carries connections there on to the node's port. With another
spec.loadBalancerIP it gets that one; the former serves for FORMER_SECONDS more, and then its connections are cut.
"""

import json
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from sandbox.kubernetes.forwarding import Forwarding
from sandbox.network import dual_stack, name_server
from sandbox.network.addresses import CLUSTER_NETWORK, LOAD_BALANCERS, NODE_ADDRESS
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part, module_command

HOST_NAME = "meshx.sandbox/host-name"
ZONE = "elb.sandbox.test"
FORMER_SECONDS = 45.0
EVERY_SECONDS = 0.5
STALE_SECONDS = 5.0
SERVED = STATE / "run" / "loadbalancer.served"
"""It touches this file after each round that went well."""
Address = IPv4Address | IPv6Address
POOLS: dict[str, Sequence[Address]] = {"IPv4": LOAD_BALANCERS}
if dual_stack.ENABLED:
    POOLS["IPv6"] = dual_stack.LOAD_BALANCERS


@dataclass(frozen=True)
class Balanced:
    """A Service of type LoadBalancer. name: namespace/name; has: status' addresses; wants: spec.loadBalancerIP;
    families: spec.ipFamilies."""

    name: str
    has: tuple[str, ...] = ()
    wants: str = ""
    families: tuple[str, ...] = ("IPv4",)


def assign(
    services: Iterable[Balanced], pool: Sequence[Address] = LOAD_BALANCERS, held: Collection[Address] = ()
) -> dict[str, Address]:
    """An address of the pool for each Service, by its name; a Service keeps what it has, and no two share one.

    held: addresses that nobody gets. If the pool is used up, the Services that come last by name get none, as in a
    cloud at its limit.
    """
    ordered = sorted(services, key=lambda service: service.name)
    free = {str(address): address for address in pool if address not in held}
    given: dict[str, Address] = {}
    # First all keep what they have, then all get what they ask for, then the rest share what is left.
    for choices in (lambda service: service.has[:1], lambda service: (service.wants,), lambda _: tuple(free)):
        for service in ordered:
            chosen = next((text for text in choices(service) if text in free), None)
            if service.name not in given and chosen:
                given[service.name] = free.pop(chosen)
    return given


def assign_all(services: Iterable[Balanced], held: Collection[Address] = ()) -> dict[str, list[Address]]:
    """The addresses of each Service, by its name: one of each of its families, in their order."""
    ordered = list(services)
    given: dict[str, list[Address]] = {}
    by_family = {
        family: assign(
            (
                replace(service, has=tuple(text for text in service.has if _is_in(text, pool)))
                for service in ordered
                if family in service.families
            ),
            pool,
            held,
        )
        for family, pool in POOLS.items()
    }
    for service in ordered:
        found = [by_family[family].get(service.name) for family in service.families if family in by_family]
        given[service.name] = [address for address in found if address is not None]
    return given


def _is_in(text: str, pool: Sequence[Address]) -> bool:
    return ip_address(text).version == pool[0].version


def _addresses_on_bridge() -> set[Address]:
    shown = subprocess.run(
        ["ip", "-json", "address", "show", "dev", CLUSTER_NETWORK.bridge],
        capture_output=True,
        text=True,
        check=True,
    )
    return {ip_address(info["local"]) for link in json.loads(shown.stdout) for info in link.get("addr_info", [])}


def _put_on_bridge(wanted: set[Address]) -> None:
    present = _addresses_on_bridge() & {address for pool in POOLS.values() for address in pool}
    for action, addresses in (("add", wanted - present), ("delete", present - wanted)):
        for address in addresses:
            command = ["ip", "address", action, f"{address}/{address.max_prefixlen}", "dev", CLUSTER_NETWORK.bridge]
            subprocess.run(command, check=True)
            sys.stdout.write(f"{action} {address}\n")


@dataclass
class Named:
    """What is remembered of a Service with a host name: its address, what it asked for then, and former addresses with
    the times at which they end.
    """

    address: IPv4Address | None = None
    wanted: str = ""
    former: dict[IPv4Address, float] = field(default_factory=dict[IPv4Address, float])

    def moved(self, address: IPv4Address, wanted: str, now: float) -> None:
        """It has this address now."""
        if self.address not in (None, address):
            self.former[self.address] = now + FORMER_SECONDS
        self.address, self.wanted = address, wanted
        self.former = {one: end for one, end in self.former.items() if end > now and one != address}

    def keeps(self, wanted: str) -> tuple[str, ...]:
        """What it has, unless it asks for another."""
        return (str(self.address),) if self.address and (not wanted or wanted == self.wanted) else ()


class LoadBalancers:
    """All of them, served round by round."""

    def __init__(self) -> None:
        self._named: dict[str, Named] = {}
        self._forwarding = Forwarding()

    def serve(self) -> None:
        """One round: what each Service wants now."""
        from kubernetes import client  # noqa: PLC0415 -- `up` imports this module only for its Part

        from sandbox.kubernetes import cluster  # noqa: PLC0415

        core = client.CoreV1Api(cluster.api())
        found = {
            f"{service.metadata.namespace}/{service.metadata.name}": service
            for service in core.list_service_for_all_namespaces(
                field_selector="spec.type=LoadBalancer", _request_timeout=cluster.REQUEST_SECONDS
            ).items
            if service.metadata.deletion_timestamp is None
        }
        by_name = {name for name, service in found.items() if HOST_NAME in (service.metadata.annotations or {})}
        self._named = {name: self._named.get(name, Named()) for name in by_name}
        now, wanted = time.monotonic(), {name: service.spec.load_balancer_ip or "" for name, service in found.items()}
        balanced = [
            Balanced(
                name,
                self._named[name].keeps(wanted[name])
                if name in by_name
                else tuple(entry.ip for entry in service.status.load_balancer.ingress or [] if entry.ip),
                wanted[name],
                ("IPv4",) if name in by_name else tuple(service.spec.ip_families or ["IPv4"]),
            )
            for name, service in found.items()
        ]
        held = {one for named in self._named.values() for one, end in named.former.items() if end > now}
        given = assign_all(balanced, held)
        behind = {name: one for name in sorted(by_name) for one in given[name] if isinstance(one, IPv4Address)}
        for name, address in behind.items():
            self._named[name].moved(address, wanted[name], now)
        on_bridge = {address for addresses in given.values() for address in addresses}
        _put_on_bridge(on_bridge.union(*(named.former for named in self._named.values())))
        self._forwarding.lead(
            {
                (str(address), port.port): (str(NODE_ADDRESS), port.node_port)
                for name, own in behind.items()
                for address in (own, *self._named[name].former)
                for port in found[name].spec.ports
            }
        )
        name_server.tell({_host_name(name): [address] for name, address in behind.items()})
        for name, addresses in given.items():
            entries = [{"hostname": _host_name(name)} if name in by_name else {"ip": str(one)} for one in addresses]
            there = found[name].status.load_balancer.ingress or []
            if entries and [{"hostname": one.hostname} if one.hostname else {"ip": one.ip} for one in there] != entries:
                namespace, _, service = name.partition("/")
                status = {"status": {"loadBalancer": {"ingress": entries}}}
                core.patch_namespaced_service_status(
                    service, namespace, status, _request_timeout=cluster.REQUEST_SECONDS
                )
                sys.stdout.write(f"{name} gets {entries}\n")


def _host_name(name: str) -> str:
    namespace, _, service = name.partition("/")
    return f"{service}-{namespace}.{ZONE}"


def main() -> None:
    """Serve until ended. The apiserver may go and come back meanwhile."""
    last, balancers = "", LoadBalancers()
    while True:
        try:
            balancers.serve()
            SERVED.touch()
            last = ""
        except Exception as error:  # whatever it is, the next round starts from nothing again
            if str(error) != last:
                sys.stdout.write(f"{type(error).__name__}: {error}\n")
                last = str(error)
        sys.stdout.flush()
        time.sleep(EVERY_SECONDS)


def _check() -> None:
    age = time.time() - SERVED.stat().st_mtime if SERVED.exists() else None
    if age is None or age > STALE_SECONDS:
        raise NotReadyError("has not served yet" if age is None else f"has not served for {age:.0f} s")


PARTS = (
    Part(
        "loadbalancer",
        needs=("kube-apiserver",),
        command=lambda: inside(*module_command("sandbox.kubernetes.loadbalancer")),
        check=_check,
    ),
)

if __name__ == "__main__":
    main()
