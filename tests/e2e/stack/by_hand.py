"""Joining a machine of the sandbox by hand, as Istio's guide for virtual machines has it, until it is healthy.

The files of `istioctl x workload entry configure`, a script over SSH, a look at the WorkloadEntry that istiod makes
(istio.io, Setup, Install, Virtual Machine Installation, with automatic registration). What kubectl and istioctl would
do in the cluster is done in this process, so that none of their starting up counts.
"""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from meshx.cluster.registration import health_of
from sandbox import machines
from sandbox.kubernetes import cluster
from sandbox.paths import STATE

SCRIPT = Path(__file__).with_name("join-by-hand.sh")
SECONDS = 120
PAUSE_SECONDS = 0.1
_ISTIO = ("networking.istio.io", "v1")
_NOT_FOUND = 404
_LEFT = (
    "/etc/certs /etc/istio /var/lib/istio /var/log/istio /run/secrets/tokens /run/secrets/workload-spiffe-uds "
    "/run/secrets"
)


@dataclass(frozen=True)
class Guide:
    """What the guide has one choose: the identity, the group that machines register with, the control plane.

    app: the label by which Services find the machine; its group's name, if nothing else is said.
    """

    namespace: str
    account: str
    group: str
    gateway: str
    revision: str = ""
    app: str = ""
    network: str = "network1"
    cluster: str = "cluster1"
    mesh: str = "mesh1"

    @property
    def istiod(self) -> str:
        """The name that istiod is found by."""
        return f"istiod{'-' + self.revision if self.revision else ''}.istio-system.svc"

    def entry(self, machine: str) -> str:
        """What istiod calls the WorkloadEntry of a machine that registers by itself (istio: autoregistration)."""
        return f"{self.group}-{machines.machine(machine).address}-{self.network}"


def write_files(guide: Guide, folder: Path) -> None:
    """Write cluster.env, mesh.yaml, root-cert.pem, istio-token and hosts into `folder`."""
    api = client.CoreV1Api(cluster.api())
    root = api.read_namespaced_config_map("istio-ca-root-cert", guide.namespace).data["root-cert.pem"]
    wanted = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=["istio-ca"], expiration_seconds=3600)
    )
    token = api.create_namespaced_service_account_token(guide.account, guide.namespace, wanted).status.token
    group = _api().get_namespaced_custom_object(*_ISTIO, guide.namespace, "workloadgroups", guide.group)
    metadata = {
        "CANONICAL_REVISION": "latest",
        "CANONICAL_SERVICE": guide.group,
        "ISTIO_META_AUTO_REGISTER_GROUP": guide.group,
        "ISTIO_META_CLUSTER_ID": guide.cluster,
        "ISTIO_META_DNS_CAPTURE": "true",
        "ISTIO_META_MESH_ID": guide.mesh,
        "ISTIO_META_NETWORK": guide.network,
        "ISTIO_META_WORKLOAD_NAME": guide.group,
        "ISTIO_METAJSON_LABELS": json.dumps({"app": guide.app or guide.group}),
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
    if "probe" in group["spec"]:
        proxy["readinessProbe"] = group["spec"]["probe"]
    for name, text in {
        "cluster.env": "".join(f"{name}='{value}'\n" for name, value in sorted(variables.items())),
        "mesh.yaml": yaml.safe_dump({"defaultConfig": proxy}),
        "root-cert.pem": root,
        "istio-token": token,
        "hosts": f"{guide.gateway} {guide.istiod}\n",
    }.items():
        (folder / name).write_text(text)


def run_script(machine: str, files: Path) -> None:
    """Join `machine` with the files of `folder`; returns once its proxy is ready."""
    program, *options, target = machines.ssh(machine)
    assert program == "ssh"  # whose options scp takes as well
    done = subprocess.run(
        [str(SCRIPT), str(files), str(STATE / "istio-sidecar.deb"), target, *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{machine} could not be joined by hand: {done.stderr.strip()}")


def await_healthy(guide: Guide, machine: str) -> None:
    """Wait until istiod says of the machine that it is healthy."""
    deadline = time.monotonic() + SECONDS
    while not _healthy(guide.namespace, guide.entry(machine)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"istiod does not call {machine} healthy after {SECONDS} s")
        time.sleep(PAUSE_SECONDS)


def take_out(guide: Guide, machine: str) -> None:
    """Take the machine out again, as somebody does who made it for a test."""
    steps = (
        "systemctl disable --now istio; dpkg --purge istio-sidecar; userdel istio-proxy; systemctl reset-failed istio; "
        "for filter in iptables ip6tables; do $filter -t nat -F; $filter -t nat -X; done; "
        "nft delete table ip nat; nft delete table ip6 nat; "
        f"sed -i '/istiod/d; /127.0.1.1/d' /etc/hosts; rm -rf {_LEFT}"
    )
    machines.execute(machine, ["bash", "-c", f"({steps}) >/dev/null 2>&1; systemctl daemon-reload"])
    # istiod would take the entry away only some time after the proxy's connection has ended.
    try:
        _api().delete_namespaced_custom_object(*_ISTIO, guide.namespace, "workloadentries", guide.entry(machine))
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise


def _healthy(namespace: str, entry: str) -> bool:
    try:
        found = _api().get_namespaced_custom_object(*_ISTIO, namespace, "workloadentries", entry)
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
        return False
    return health_of(found).healthy is True


def _api() -> client.CustomObjectsApi:
    return client.CustomObjectsApi(cluster.api())
