"""The join bundle: everything that a machine is to have once it has joined, secrets aside.

Root certificate and gateway address are known only once the control plane stands, which at the first preview it
does not. They are therefore no part of JoinBundle: `bundle_inputs` puts them in, as values or as whatever stands for a
value that is still to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.join.cluster_env import render_cluster_env
from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.hosts import istiod_host
from meshx.join.mesh_yaml import render_mesh_yaml

ROOT_CERTIFICATE = "/etc/certs/root-cert.pem"
CLUSTER_ENV = "/var/lib/istio/envoy/cluster.env"
MESH_CONFIG = "/etc/istio/config/mesh"

# istio-start.sh runs cluster.env as root, so nobody else may own it; the agent, as istio-proxy, only reads the others.
OWNER = "root:root"
MODE = "0644"

PACKET_RULES_IN_PLACE = "in place"
CERTIFICATE_VALID = "valid"
"""What stands in a bundle while all is well; a refresh puts words in its place where it is not."""


@dataclass(frozen=True)
class BundleFile:
    """A file's text, its owner as ``user:group`` and its mode in octal digits."""

    content: str
    owner: str = OWNER
    mode: str = MODE


@dataclass(frozen=True)
class Package:
    """The sidecar's package: its name, where it comes from (a path here, or a URL) and its SHA-256 in hex."""

    source: str
    sha256: str
    name: str = "istio-sidecar"


@dataclass(frozen=True)
class Unit:
    """The systemd unit that keeps the proxy running."""

    name: str = "istio"
    enabled: bool = True
    active: bool = True


@dataclass(frozen=True)
class JoinBundle:
    """Files by path, the names that must lead to the gateway, the unit, the package.

    ``service_names`` are the names of services in /etc/hosts, each with the address that it must lead to.
    """

    files: dict[str, BundleFile]
    gateway_names: tuple[str, ...]
    package: Package
    unit: Unit = field(default_factory=Unit)
    service_names: Mapping[str, str] = field(default_factory=dict[str, str])


def join_bundle(
    facts: ControlPlaneFacts, workload: WorkloadFacts, machine: MachineFacts, package: Package
) -> JoinBundle:
    """Return the bundle of one machine; ValueError where a workload with ports has no declared WorkloadEntry."""
    if workload.ports and machine.workload_entry is None:
        raise ValueError(
            f"machine {machine.name}: workload {workload.namespace}/{workload.name} has ports but the machine has no "
            "WorkloadEntry; declare one, or nobody finds its ports"
        )
    return JoinBundle(
        files={
            CLUSTER_ENV: BundleFile(render_cluster_env(facts, workload, machine)),
            MESH_CONFIG: BundleFile(render_mesh_yaml(facts, workload, machine)),
        },
        gateway_names=(istiod_host(facts),),
        package=package,
        service_names=machine.names,
    )


def bundle_inputs(bundle: JoinBundle, root_certificate: object, gateway_address: object) -> dict[str, object]:
    """Return the input ``bundle`` of the resource Join.

    Shape: ``{files: {path: {content, owner, mode}}, hosts: {name: address}, unit: {name, enabled, active}, package:
    {name, source, sha256}, packetRules: "in place", certificate: "valid"}``. ``root_certificate`` (PEM text) and
    ``gateway_address`` (IP address) are put in as they are, so an output of Pulumi may stand there.
    """
    files: dict[str, object] = {
        path: {"content": file.content, "owner": file.owner, "mode": file.mode} for path, file in bundle.files.items()
    }
    files[ROOT_CERTIFICATE] = {"content": root_certificate, "owner": OWNER, "mode": MODE}
    package = bundle.package
    return {
        "files": files,
        "hosts": {**dict.fromkeys(bundle.gateway_names, gateway_address), **bundle.service_names},
        "unit": {"name": bundle.unit.name, "enabled": bundle.unit.enabled, "active": bundle.unit.active},
        "package": {"name": package.name, "source": package.source, "sha256": package.sha256},
        "packetRules": PACKET_RULES_IN_PLACE,
        "certificate": CERTIFICATE_VALID,
    }
