"""What a cloud does for Services of type LoadBalancer: gives each an address of the sandbox's pool, and answers for it.

Runs as its own process (`python -m sandbox.kubernetes.loadbalancer`) in the sandbox's network. It puts the address
on the cluster network's bridge and writes it into the Service's status; kube-proxy then serves it. It has no memory:
the Services say who has which address, and it takes any other off the bridge.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from sandbox.network.addresses import CLUSTER_NETWORK, LOAD_BALANCERS
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part, module_command

EVERY_SECONDS = 0.5
STALE_SECONDS = 5.0
SERVED = STATE / "run" / "loadbalancer.served"
"""It touches this file after each round that went well."""


@dataclass(frozen=True)
class Balanced:
    """A Service of type LoadBalancer. name: namespace/name; has: status' addresses; wants: spec.loadBalancerIP."""

    name: str
    has: tuple[str, ...] = ()
    wants: str = ""


def assign(services: Iterable[Balanced]) -> dict[str, IPv4Address]:
    """An address of the pool for each Service, by its name; a Service keeps what it has, and no two share one.

    If the pool is used up, the Services that come last by name get none, as in a cloud at its limit.
    """
    ordered = sorted(services, key=lambda service: service.name)
    free = {str(address): address for address in LOAD_BALANCERS}
    given: dict[str, IPv4Address] = {}
    # First all keep what they have, then all get what they ask for, then the rest share what is left.
    for choices in (lambda service: service.has[:1], lambda service: (service.wants,), lambda _: tuple(free)):
        for service in ordered:
            chosen = next((text for text in choices(service) if text in free), None)
            if service.name not in given and chosen:
                given[service.name] = free.pop(chosen)
    return given


def _addresses_on_bridge() -> set[IPv4Address]:
    shown = subprocess.run(
        ["ip", "-json", "-4", "address", "show", "dev", CLUSTER_NETWORK.bridge],
        capture_output=True,
        text=True,
        check=True,
    )
    return {IPv4Address(info["local"]) for link in json.loads(shown.stdout) for info in link.get("addr_info", [])}


def _put_on_bridge(wanted: set[IPv4Address]) -> None:
    present = _addresses_on_bridge() & set(LOAD_BALANCERS)
    for action, addresses in (("add", wanted - present), ("delete", present - wanted)):
        for address in addresses:
            command = ["ip", "address", action, f"{address}/32", "dev", CLUSTER_NETWORK.bridge]
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
        )
        for service in found
        if service.metadata.deletion_timestamp is None
    }
    given = assign(services.values())
    _put_on_bridge(set(given.values()))
    for name, address in given.items():
        if services[name].has != (str(address),):
            namespace, _, service = name.partition("/")
            status = {"status": {"loadBalancer": {"ingress": [{"ip": str(address)}]}}}
            core.patch_namespaced_service_status(service, namespace, status, _request_timeout=cluster.REQUEST_SECONDS)
            sys.stdout.write(f"{name} gets {address}\n")


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
