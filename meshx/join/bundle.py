"""The join bundle: everything that a machine must have once it has joined, except secrets.

Root certificate and gateway address are known only once the control plane runs, so the first preview does not know
them. So they are not part of JoinBundle: `bundle_inputs` adds them, as values or as placeholders for later values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshx.istio.certificate_authority import SYSTEM_ROOTS, CertificateAuthority
from meshx.istio.machine_paths import (
    AUTHORITY_ROOT,
    CERTIFICATES,
    CLUSTER_ENV,
    CONFIGURATION,
    ENVOY,
    MESH_CONFIG,
    PROXY,
    ROOT_CERTIFICATE,
)
from meshx.join.cluster_env import render_cluster_env
from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.hosts import istiod_host
from meshx.join.mesh_yaml import render_mesh_yaml
from meshx.join.states import CERTIFICATE_VALID, IN_PLACE, REFUSED

# istio-start.sh runs cluster.env as root, so only root may own it; the agent, as istio-proxy, only reads the others.
OWNER = "root:root"
PROXY_OWNER = "istio-proxy:istio-proxy"
MODE = "0644"


@dataclass(frozen=True)
class BundleFile:
    """A file's text, its owner as ``user:group`` and its mode in octal digits."""

    content: str
    owner: str = OWNER
    mode: str = MODE


@dataclass(frozen=True)
class Package:
    """The sidecar's package: its name, its source (a local path, or a URL) and its SHA-256 in hex.

    ``kinds`` are those for machines of several kinds, by "<family>/<architecture>" such as "rpm/arm64", in place of one
    for any machine; source and sum are "" then. ``proxy``: the HTTP proxy through which a URL is fetched, "" for none.
    """

    source: str = ""
    sha256: str = ""
    name: str = "istio-sidecar"
    kinds: Mapping[str, Package] = field(default_factory=dict[str, "Package"])
    proxy: str = ""


@dataclass(frozen=True)
class Unit:
    """The systemd unit that keeps the proxy running."""

    name: str = "istio"
    enabled: bool = True
    active: bool = True


@dataclass(frozen=True)
class BundleFolder:
    """A folder's owner as ``user:group`` and its mode in octal digits."""

    owner: str
    mode: str = "0755"


FOLDERS = {
    CERTIFICATES: BundleFolder(PROXY_OWNER),
    CONFIGURATION: BundleFolder(OWNER),
    PROXY: BundleFolder(PROXY_OWNER),
    ENVOY: BundleFolder(OWNER),
}
"""The folders of the sidecar on both lines, root's unless the sidecar itself writes there. The package gives all of
them to istio-proxy (istio: tools/packaging/postinst.sh)."""


@dataclass(frozen=True)
class SecretFile:
    """A file that holds an entry of a Secret, its owner as ``user:group`` and its mode in octal digits."""

    entry: str
    owner: str
    mode: str


@dataclass(frozen=True)
class SecretIdentity:
    """An identity that the cluster keeps in a Secret of the workload's namespace: its SPIFFE ID, and the file of each
    entry.

    Only names: the content goes from the cluster to the machine and is stored nowhere in between.
    """

    secret: str
    spiffe_id: str
    files: dict[str, SecretFile]


READY_BY_ENVOY = "envoy"
"""Readiness of a proxy whose agent does not report it: Envoy's statistics say that it got clusters and listeners."""


@dataclass(frozen=True)
class JoinBundle:
    """Files by path, the names that must resolve to the gateway, the unit, the package.

    ``service_names`` are the names of services in /etc/hosts, each with its address. ``readiness`` says who reports
    whether the proxy is ready: "" for its agent, or READY_BY_ENVOY. ``companions`` are units that start before it and
    run beside it. With ``identity`` the root certificate comes from that Secret, too; without, from the control plane.
    ``closed_ports`` take calls by the proxy alone, also while it is down.
    """

    files: dict[str, BundleFile]
    gateway_names: tuple[str, ...]
    package: Package
    unit: Unit = field(default_factory=Unit)
    service_names: Mapping[str, str] = field(default_factory=dict[str, str])
    readiness: str = ""
    companions: tuple[Unit, ...] = ()
    folders: Mapping[str, BundleFolder] = field(default_factory=lambda: FOLDERS)
    identity: SecretIdentity | None = None
    closed_ports: tuple[int, ...] = ()


def join_bundle(
    facts: ControlPlaneFacts,
    workload: WorkloadFacts,
    machine: MachineFacts,
    package: Package,
    gateway: GatewayEndpoint = AT_AN_ADDRESS,
) -> JoinBundle:
    """Return the bundle of one machine; ValueError if a workload with ports has no WorkloadEntry."""
    if workload.ports and machine.workload_entry is None and machine.group is None:
        raise ValueError(
            f"machine {machine.name}: workload {workload.namespace}/{workload.name} has ports but the machine has no "
            "WorkloadEntry; declare one, or nobody finds its ports"
        )
    authority = facts.authority
    by_gateway = [authority.host] if authority and authority.through_gateway else []
    at_address = {authority.host: authority.reached_at} if authority and authority.reached_at else {}
    return JoinBundle(
        files={
            CLUSTER_ENV: BundleFile(render_cluster_env(facts, workload, machine, gateway)),
            MESH_CONFIG: BundleFile(render_mesh_yaml(facts, workload, machine, gateway)),
            **_root_of(authority),
        },
        gateway_names=(istiod_host(facts), *by_gateway),
        package=package,
        service_names={**machine.names, **at_address},
        closed_ports=workload.closed_ports,
    )


def _root_of(authority: CertificateAuthority | None) -> dict[str, BundleFile]:
    """The file with the root of a CA's own certificate, if that is another than the mesh's, and no system has it."""
    root = authority.root if authority else ""
    return {AUTHORITY_ROOT: BundleFile(root)} if root not in ("", SYSTEM_ROOTS) else {}


def bundle_inputs(bundle: JoinBundle, root_certificate: object, gateway_address: object) -> dict[str, object]:
    """Return the input ``bundle`` of the resource Join.

    Shape: ``{files: {path: {content, owner, mode}}, folders: {path: {owner, mode}}, hosts: {name: address}, unit:
    {name, enabled, active}, package: {name, source, sha256}, packetRules: "in place", upkeep: "in place", certificate:
    "valid"}``, and if the bundle has them ``readiness``, ``companions: [{name, enabled, active}]``, ``identity:
    {secret, spiffeId, files: {path: {entry, owner, mode}}}`` and ``whenDown: {ports, callsPastTheProxy: "refused"}``.
    Of several packages ``package: {name, kinds: {kind: {source, sha256}}}``, and either with ``proxy`` if there is one.
    ``root_certificate`` (PEM text) and ``gateway_address`` (IP address, or "" where the names have no line in
    /etc/hosts) go in unchanged, so an output of Pulumi may stand there.
    """
    files: dict[str, object] = {
        path: {"content": file.content, "owner": file.owner, "mode": file.mode} for path, file in bundle.files.items()
    }
    further: dict[str, object] = {}
    if bundle.identity is None:
        # The proxy writes it as well: when its token is renewed, and the agent at each start.
        files[ROOT_CERTIFICATE] = {"content": root_certificate, "owner": PROXY_OWNER, "mode": MODE}
    else:
        further["identity"] = _identity_input(bundle.identity)
    if bundle.readiness:
        further["readiness"] = bundle.readiness
    if bundle.companions:
        further["companions"] = [_unit_input(unit) for unit in bundle.companions]
    if bundle.closed_ports:
        further["whenDown"] = {"ports": list(bundle.closed_ports), "callsPastTheProxy": REFUSED}
    return {
        **further,
        "files": files,
        "folders": {path: {"owner": folder.owner, "mode": folder.mode} for path, folder in bundle.folders.items()},
        "hosts": {**dict.fromkeys(bundle.gateway_names, gateway_address), **bundle.service_names},
        "unit": _unit_input(bundle.unit),
        "package": _package_input(bundle.package),
        "packetRules": IN_PLACE,
        "upkeep": IN_PLACE,
        "certificate": CERTIFICATE_VALID,
    }


def _package_input(package: Package) -> dict[str, object]:
    kinds = {kind: _source_input(one) for kind, one in package.kinds.items()}
    proxy = {"proxy": package.proxy} if package.proxy else {}
    return {"name": package.name, **({"kinds": kinds} if kinds else _source_input(package)), **proxy}


def _source_input(package: Package) -> dict[str, object]:
    return {"source": package.source, "sha256": package.sha256}


def _unit_input(unit: Unit) -> dict[str, object]:
    return {"name": unit.name, "enabled": unit.enabled, "active": unit.active}


def _identity_input(identity: SecretIdentity) -> dict[str, object]:
    files = {
        path: {"entry": file.entry, "owner": file.owner, "mode": file.mode} for path, file in identity.files.items()
    }
    return {"secret": identity.secret, "spiffeId": identity.spiffe_id, "files": files}
