"""Stacks of a few lines, and what the model says of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meshx.config.loading import load
from meshx.config.owner import stated_owner
from meshx.config.stack_networks import has_others
from meshx.control_plane.installed_facts import installed_facts
from meshx.exposure.classic_plan import classic_exposure_plan
from meshx.exposure.found_services import FoundService, FoundServices
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.networks.topology import Networks
from meshx.reachability.connections import Connection
from meshx.reachability.pairs import classic_pairs, istiod_pairs

HTTP_PORT = {"name": "http", "port": 80, "targetPort": 8080}
HTTPBIN = {"service": "httpbin", "namespace": "bar", "port": 8000}
FILES = (
    "id",
    "kubeconfig",
    "istio-sidecar.deb",
    *(f"charts/{one}/Chart.yaml" for one in ("base", "istiod", "gateway", "istio-init", "istio")),
)


def fill(folder: Path, base: str = ".") -> Path:
    """Put all that a configuration names into a folder: a key, a kubeconfig, charts, a package."""
    for name in FILES:
        file = folder / base / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("name: a-chart\n")
    key = Ed25519PrivateKey.generate()
    private, public = (
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        ),
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
    )
    (folder / base / "id").write_bytes(private)
    (folder / base / "id.pub").write_bytes(public)
    return folder


def machine(number: int, **keys: Any) -> dict[str, Any]:
    """A machine `vm-<number>` of the configuration."""
    return {
        "name": f"vm-{number}",
        "address": f"10.77.{number // 250}.{number % 250 + 1}",
        "ssh": {"hostKeyFile": "id.pub"},
        **keys,
    }


def instance(number: int, **keys: Any) -> dict[str, Any]:
    """A machine `vm-<number>` that is an instance of Compute Engine."""
    known = {name: value for name, value in machine(number).items() if name != "ssh"}
    return {**known, "gce": {}, **keys}


def group(**keys: Any) -> dict[str, Any]:
    """A workload `shop/orders` that is a group of instances."""
    return workload(name="orders", namespace="shop", group={"size": 3}, **keys)


def instances(*workloads: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A configuration with instances of Compute Engine in it."""
    package = {"url": "https://storage.googleapis.com/istio-sidecar.deb", "sha256": "0" * 64}
    ways = [{"name": name, "apiServer": "gateway"} for name in keys.pop("networks", ["network1"])]
    cloud = {"project": "shop-prod", "zone": "europe-west1-b"}
    return stack(*workloads, sidecar=package, gce=cloud, networks=ways, **keys)


def workload(*machines: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A workload of the configuration, `vm/vmhttp` with one port unless `keys` say otherwise."""
    return {"name": "vmhttp", "namespace": "vm", "ports": [HTTP_PORT], "machines": list(machines), **keys}


def stack(*workloads: dict[str, Any], mesh: Mapping[str, Any] | None = None, **keys: Any) -> dict[str, Any]:
    """A configuration on network1."""
    return {
        "cluster": {"context": "somewhere"},
        "mesh": {"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}, **(mesh or {})},
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"privateKeyFile": "id"},
        "workloads": list(workloads),
        **keys,
    }


def classic(*workloads: dict[str, Any], mesh: Mapping[str, Any] | None = None, **keys: Any) -> dict[str, Any]:
    """A configuration of the classic line on network1."""
    return stack(*workloads, mesh={"istioVersion": "1.4.10", **(mesh or {})}, **keys)


def seen(*, injects: bool = True, port: str = "HTTP", further: Mapping[int, str] | None = None) -> FoundServices:
    """A cluster with httpbin in it; further: what other ports carry than 8000."""
    service = FoundService(
        exists=True,
        cluster_ip="10.96.0.9",
        ports={8000: port, **(further or {})},  # type: ignore[dict-item]
        service_accounts=("httpbin",),
        pods=1,
        without_sidecar=() if injects else ("httpbin-1",),
        injects=injects,
    )
    return FoundServices({("bar", "httpbin"): service}, ())


def connections(
    values: Mapping[str, Any],
    folder: Path,
    *,
    found_services: FoundServices | None = None,
    secluded: frozenset[str] | None = None,
    gateways: frozenset[str] | None = None,
) -> dict[str, Connection]:
    """What the model says, by key. secluded: networks that nobody reaches, in place of what the configuration says."""
    configuration = load(values, folder)
    facts = installed_facts(configuration.mesh)
    networks = Networks(
        own=facts.network,
        gateways=frozenset({facts.network}) if gateways is None else gateways,
        secluded=configuration.secluded_networks if secluded is None else secluded,
        gateway_passes=has_others(configuration),
    )
    exposure = ExposurePlan()
    if configuration.exposed:
        exposure = exposure_plan(
            configuration.exposed,
            (*configuration.machines, *configuration.groups),
            found_services or seen(),
            facts.trust_domain,
            networks,
        )
    found = istiod_pairs(configuration, facts, networks, exposure, stated_owner("meshx.dev"))
    assert len({one.key for one in found}) == len(found), "two pairs of one key"
    return {one.key: one for one in found}


def classic_connections(
    values: Mapping[str, Any], folder: Path, *, found_services: FoundServices | None = None
) -> dict[str, Connection]:
    """What the model says of the classic line, by key."""
    configuration = load(values, folder)
    networks = Networks(own="network1", secluded=configuration.secluded_networks)
    exposure = ExposurePlan()
    if configuration.exposed:
        exposure = classic_exposure_plan(
            configuration.exposed, configuration.machines, found_services or seen(), networks, "10.96.0.0/12"
        )
    found = classic_pairs(configuration, networks, exposure, stated_owner("meshx.dev"))
    assert len({one.key for one in found}) == len(found), "two pairs of one key"
    return {one.key: one for one in found}
