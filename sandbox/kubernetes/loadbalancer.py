"""What a cloud does for Services of type LoadBalancer: gives each an address of the sandbox's pool, and answers for it.

Runs as its own process (`python -m sandbox.kubernetes.loadbalancer`) in the sandbox's network. It puts the address
on the cluster network's bridge and writes it into the Service's status; kube-proxy then serves it. It has no memory:
the Services say who has which address, and it takes any other off the bridge. In a sandbox of both families a
Service that has IPv6 gets an address of IPv6, too.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address

from sandbox.network import dual_stack
from sandbox.network.addresses import CLUSTER_NETWORK, LOAD_BALANCERS
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part, module_command

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


def assign(services: Iterable[Balanced], pool: Sequence[Address] = LOAD_BALANCERS) -> dict[str, Address]:
    """An address of the pool for each Service, by its name; a Service keeps what it has, and no two share one.

    If the pool is used up, the Services that come last by name get none, as in a cloud at its limit.
    """
    ordered = sorted(services, key=lambda service: service.name)
    free = {str(address): address for address in pool}
    given: dict[str, Address] = {}
    # First all keep what they have, then all get what they ask for, then the rest share what is left.
    for choices in (lambda service: service.has[:1], lambda service: (service.wants,), lambda _: tuple(free)):
        for service in ordered:
            chosen = next((text for text in choices(service) if text in free), None)
            if service.name not in given and chosen:
                given[service.name] = free.pop(chosen)
    return given


def assign_all(services: Iterable[Balanced]) -> dict[str, list[Address]]:
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


def _serve_once() -> None:
    from kubernetes import client  # noqa: PLC0415 -- `up` imports this module only for its Part

    from sandbox.kubernetes import cluster  # noqa: PLC0415

    core = client.CoreV1Api(cluster.api())
    found = core.list_service_for_all_namespaces(
        field_selector="spec.type=LoadBalancer", _request_timeout=cluster.REQUEST_SECONDS
    ).items
    services = {
        f"{service.metadata.namespace}/{service.metadata.name}": Balanced(
            f"{service.metadata.namespace}/{service.metadata.name}",
            tuple(entry.ip for entry in service.status.load_balancer.ingress or [] if entry.ip),
            service.spec.load_balancer_ip or "",
            tuple(service.spec.ip_families or ["IPv4"]),
        )
        for service in found
        if service.metadata.deletion_timestamp is None
    }
    given = assign_all(services.values())
    _put_on_bridge({address for addresses in given.values() for address in addresses})
    for name, addresses in given.items():
        if addresses and services[name].has != tuple(map(str, addresses)):
            namespace, _, service = name.partition("/")
            status = {"status": {"loadBalancer": {"ingress": [{"ip": str(address)} for address in addresses]}}}
            core.patch_namespaced_service_status(service, namespace, status, _request_timeout=cluster.REQUEST_SECONDS)
            sys.stdout.write(f"{name} gets {', '.join(map(str, addresses))}\n")


def main() -> None:
    """Serve until ended. The apiserver may go and come back meanwhile."""
    last = ""
    while True:
        try:
            _serve_once()
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
