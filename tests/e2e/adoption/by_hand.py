"""Joining a machine of the sandbox by hand, as Istio's guide for virtual machines has it.

Source: istio.io, Setup, Install, Virtual Machine Installation; istio/istioctl/pkg/workload/workload.go for the files.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes import client

from sandbox import cluster, machines
from sandbox.paths import STATE

SCRIPT = Path(__file__).with_name("join_by_hand.sh")
SECONDS = 120
LEFT = "/etc/certs /etc/istio /var/lib/istio /var/log/istio /run/secrets"


@dataclass(frozen=True)
class Guide:
    """What the guide has one choose: the identity, the group that machines register with, the control plane."""

    namespace: str
    account: str
    group: str
    app: str
    gateway: str
    revision: str
    network: str = "network1"
    cluster: str = "cluster1"
    mesh: str = "mesh1"

    @property
    def istiod(self) -> str:
        """The name that istiod is found by."""
        return f"istiod-{self.revision}.istio-system.svc"


def write_files(guide: Guide, folder: Path) -> None:
    """Write cluster.env, mesh.yaml, root-cert.pem, istio-token and hosts into `folder`, as istioctl does."""
    api = client.CoreV1Api(cluster.api())
    root = api.read_namespaced_config_map("istio-ca-root-cert", guide.namespace).data["root-cert.pem"]
    wanted = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=["istio-ca"], expiration_seconds=3600)
    )
    token = api.create_namespaced_service_account_token(guide.account, guide.namespace, wanted).status.token
    metadata = {
        "CANONICAL_REVISION": "latest",
        "CANONICAL_SERVICE": guide.group,
        "ISTIO_META_AUTO_REGISTER_GROUP": guide.group,
        "ISTIO_META_CLUSTER_ID": guide.cluster,
        "ISTIO_META_DNS_CAPTURE": "true",
        "ISTIO_META_MESH_ID": guide.mesh,
        "ISTIO_META_NETWORK": guide.network,
        "ISTIO_META_WORKLOAD_NAME": guide.group,
        "ISTIO_METAJSON_LABELS": json.dumps({"app": guide.app}),
        "POD_NAMESPACE": guide.namespace,
        "SERVICE_ACCOUNT": guide.account,
        "TRUST_DOMAIN": "cluster.local",
    }
    variables = metadata | {
        "CA_ADDR": f"{guide.istiod}:15012",
        "ISTIO_INBOUND_PORTS": "8080",
        "ISTIO_LOCAL_EXCLUDE_PORTS": "22,15090,15021,15020",
        "ISTIO_NAMESPACE": guide.namespace,
        "ISTIO_SERVICE": f"{guide.group}.{guide.namespace}",
        "ISTIO_SERVICE_CIDR": "*",
    }
    proxy = {"discoveryAddress": f"{guide.istiod}:15012", "meshId": guide.mesh, "proxyMetadata": metadata}
    for name, text in {
        "cluster.env": "".join(f"{name}='{value}'\n" for name, value in sorted(variables.items())),
        "mesh.yaml": yaml.safe_dump({"defaultConfig": proxy}),
        "root-cert.pem": root,
        "istio-token": token,
        "hosts": f"{guide.gateway} {guide.istiod}\n",
    }.items():
        (folder / name).write_text(text)


def join(machine: str, guide: Guide, folder: Path) -> None:
    """Join a machine by hand, with files written into `folder`; returns once its proxy is ready."""
    write_files(guide, folder)
    program, *options, target = machines.ssh(machine)
    assert program == "ssh"  # whose options scp takes as well
    words = [str(SCRIPT), str(folder), str(STATE / "istio-sidecar.deb"), target, *options]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr


def await_root_certificate(namespace: str) -> None:
    """Wait until istiod has written its root certificate to a namespace that is new."""
    _await(lambda: _config_map_is_there(namespace), f"no root certificate in namespace {namespace}")


def await_forgotten(namespace: str, group: str) -> None:
    """Wait until istiod has removed the entry of a machine that registered itself with a group and does no more."""
    _await(lambda: not _registered(namespace, group), f"an entry of group {group} stays in namespace {namespace}")


def _config_map_is_there(namespace: str) -> bool:
    found = client.CoreV1Api(cluster.api()).list_namespaced_config_map(namespace).items
    return any(config_map.metadata.name == "istio-ca-root-cert" for config_map in found)


def _registered(namespace: str, group: str) -> list[str]:
    entries = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1", namespace, "workloadentries"
    )
    names = [entry["metadata"]["name"] for entry in entries["items"]]
    return [name for name in names if name.startswith(f"{group}-")]


def _await(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.3)


def take_out(machine: str) -> None:
    """Take the machine out again, as somebody does who made it for a test."""
    steps = (
        "systemctl stop istio",
        "dpkg --purge istio-sidecar",
        "userdel istio-proxy",
        "systemctl reset-failed istio",
        "nft delete table ip nat",
        "nft delete table ip6 nat",
        "sed -i '/istiod/d; /127.0.1.1/d' /etc/hosts",
        f"rm -rf {LEFT}",
        "systemctl daemon-reload",
    )
    machines.execute(machine, ["bash", "-c", f"({'; '.join(steps)}) >/dev/null 2>&1"], seconds=SECONDS)
