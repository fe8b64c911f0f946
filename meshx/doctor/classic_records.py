"""What the cluster has of one machine of the classic line: Citadel's Secret, and the objects that name its address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from meshx.cluster.citadel_secret import SECRET_TYPE, UnusableSecretError, check_material, key_material
from meshx.cluster.classic_service_specs import machine_entry_ports
from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import found, part
from meshx.config.resolved import Machine
from meshx.exposure.plan import ExposurePlan
from meshx.machine.join_inputs import JoinInputs

_SERVICE_ENTRIES = "/apis/networking.istio.io/v1alpha3/namespaces/{namespace}/serviceentries/{name}"


@dataclass(frozen=True)
class ClassicRecords:
    """What was found of a machine.

    secret: its identity's Secret as `namespace/name`; secret_problem: why no machine can join with it, "" if one can;
    root: the root certificate in it, as PEM, b"" if unknown. unnamed: the objects by which callers find it
    that do not exist, or do not have its address, in words. unknown: why meshx looked at none of that, "" if it did.
    """

    secret: str
    secret_problem: str = ""
    root: bytes = b""
    unnamed: tuple[str, ...] = ()
    unknown: str = ""


def look_at_records(cluster: Cluster, machine: Machine, wanted: JoinInputs) -> ClassicRecords:
    """Return what the cluster has of a machine; for what it does not tell, why not."""
    identity: dict[str, Any] = wanted.bundle["identity"]
    secret = f"{wanted.namespace}/{identity['secret']}"
    try:
        problem, root = _secret(cluster, wanted, identity)
        return ClassicRecords(secret, problem, root, tuple(_unnamed(cluster, machine)))
    except ClusterError as error:
        return ClassicRecords(secret, unknown=str(error))


def look_at_endpoints(cluster: Cluster, machine: str, plan: ExposurePlan) -> dict[tuple[str, int], str]:
    """Return an address and port of each service that a machine calls directly, with the service; ClusterError.

    They are the ones that `kubectl get endpoints <service>` names first.
    """
    ways: dict[tuple[str, int], str] = {}
    for offer in plan.offers:
        exposed = offer.exposed
        if machine not in offer.near:
            continue
        path = f"/api/v1/namespaces/{exposed.namespace}/{{}}/{exposed.service}"
        service, endpoints = found(cluster, path.format("services")), found(cluster, path.format("endpoints"))
        ports: list[dict[str, Any]] = part(service or {}, "spec").get("ports") or []
        offered = {port.number for port in offer.ports}
        for port in ports:
            if port["port"] in offered and (way := _first(endpoints or {}, str(port.get("name") or ""))):
                ways[way] = f"{exposed.namespace}/{exposed.service}"
    return ways


def _secret(cluster: Cluster, wanted: JoinInputs, identity: dict[str, Any]) -> tuple[str, bytes]:
    there = found(cluster, f"/api/v1/namespaces/{wanted.namespace}/secrets/{identity['secret']}")
    if there is None:
        return "it is not there", b""
    if there.get("type") != SECRET_TYPE:
        return f"it is of type {there.get('type')}, not {SECRET_TYPE}", b""
    try:
        material = key_material(part(there, "data"))
    except UnusableSecretError as error:
        return str(error), b""
    try:
        check_material(material, identity["spiffeId"], datetime.now(timezone.utc))
    except UnusableSecretError as error:
        return str(error), material.root
    return "", material.root


def _unnamed(cluster: Cluster, machine: Machine) -> Iterator[str]:
    workload = machine.workload
    if not workload.ports:
        return
    namespace, address = workload.namespace, machine.address
    alone = [machine.entry_name] if machine_entry_ports(machine) else []
    services = [service.name for service in workload.served]
    for name in (*services, *alone):
        entry = found(cluster, _SERVICE_ENTRIES.format(namespace=namespace, name=name))
        named: list[dict[str, Any]] = part(entry or {}, "spec").get("endpoints") or []
        addresses = [str(one.get("address")) for one in named]
        if address not in addresses:
            yield _words("ServiceEntry", f"{namespace}/{name}", entry, address)
    for name in services:
        if found(cluster, f"/api/v1/namespaces/{namespace}/services/{name}") is None:
            yield f"Service {namespace}/{name} is not there"


def _words(kind: str, name: str, there: object, address: str) -> str:
    return f"{kind} {name} {'is not there' if there is None else f'does not have {address}'}"


def _first(endpoints: dict[str, Any], port: str) -> tuple[str, int] | None:
    subsets: list[dict[str, Any]] = endpoints.get("subsets") or []
    for subset in subsets:
        addresses: list[dict[str, Any]] = subset.get("addresses") or []
        ports: list[dict[str, Any]] = subset.get("ports") or []
        for one in ports:
            if addresses and str(one.get("name") or "") == port:
                return str(addresses[0]["ip"]), int(one["port"])
    return None
