"""The cluster's one node: containerd, its images, kubelet and kube-proxy."""

import contextlib
import json
import subprocess
from functools import partial
from pathlib import Path
from string import Template

from sandbox.builds import artifact
from sandbox.kubernetes import apiserver
from sandbox.kubernetes.apiserver import PKI
from sandbox.kubernetes.control_plane import NODE, component_kubeconfig
from sandbox.network.addresses import HOST_ADDRESS, NODE_ADDRESS, PODS, SERVICES
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision import cgroups, processes
from sandbox.supervision.supervisor import NotReadyError, Part, PartError

CONFIG = Path(__file__).parent / "config"
SOCKET = STATE / "run" / "containerd" / "containerd.sock"
CNI_NETWORK = "meshx-pods"
CNI_PLUGINS = Path("/usr/lib/cni")
CLUSTER_DNS = SERVICES[10]
SHIMS = "containerd-shims"
IMAGES = {name: f"localhost/meshx/{name}:1" for name in ("pause", "echo", "coredns", "pilot", "proxyv2")}
IMPORTED = STATE / "run" / "images.json"
SHIM_BUNDLES = STATE / "run" / "containerd" / "io.containerd.runtime.v2.task" / "k8s.io"
"""Where each running container has a folder, with the address of its shim's socket in it."""


def _write_config(name: str, file: Path) -> None:
    values = {
        "state": STATE,
        "pki": PKI,
        "group": cgroups.NAME,
        "shim_group": f"/{cgroups.NAME}/{SHIMS}",
        "plugins": CNI_PLUGINS,
        "pause_image": IMAGES["pause"],
        "network": CNI_NETWORK,
        "pods": PODS,
        "address": NODE_ADDRESS,
        "cluster_dns": CLUSTER_DNS,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(Template((CONFIG / name).read_text()).substitute(values))


def _prepare_containerd() -> None:
    _write_config("containerd.toml", STATE / "containerd.toml")
    _write_config("cni.conflist", STATE / "cni" / "10-pods.conflist")
    cgroups.prepare(SHIMS)


def _containerd() -> list[str]:
    return inside("containerd", f"--config={STATE / 'containerd.toml'}", "--log-level=warn")


def ctr(*arguments: str) -> str:
    """Run containerd's own client in the namespace of Kubernetes' containers. Returns its output."""
    command = ["ctr", f"--address={SOCKET}", "--namespace=k8s.io", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise PartError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout


def _check_containerd() -> None:
    try:
        ctr("version")
    except (PartError, subprocess.TimeoutExpired) as error:
        raise NotReadyError(str(error)) from error


def _import_images() -> None:
    """Import the images that are missing or were built anew since."""
    try:
        imported = json.loads(IMPORTED.read_text())
    except (OSError, ValueError):
        imported = {}
    archives = {image: str(artifact("images") / f"{name}.tar") for name, image in IMAGES.items()}
    if imported == archives:
        return
    present = set(ctr("image", "list", "--quiet").split())
    for image, archive in archives.items():
        if image not in present or imported.get(image) != archive:
            ctr("image", "import", archive)
    IMPORTED.write_text(json.dumps(archives))


def _prepare_kubelet() -> None:
    cgroups.prepare("kubelet")
    _write_config("kubelet.yaml", STATE / "kubelet.yaml")
    # Where the cluster's DNS sends what it does not know: nobody listens there, so that it is refused at once.
    (STATE / "resolv.conf").write_text(f"nameserver {HOST_ADDRESS.ip}\n")
    if processes.find("kubelet") is None:
        _disbelieve_earlier_reports()


def _disbelieve_earlier_reports() -> None:
    """Take back what a kubelet that runs no more has reported as ready: after a reboot, none of it is.

    The next kubelet reports anew. Without this, everything counts as ready until it does, though nothing runs.
    """
    node = f"/api/v1/nodes/{NODE}"
    with contextlib.suppress(NotReadyError):  # a new cluster has no such node yet
        apiserver.get(node)
        apiserver.patch_status(node, [{"type": "Ready", "status": "Unknown"}])
    for pod in json.loads(apiserver.get(f"/api/v1/pods?fieldSelector=spec.nodeName={NODE}"))["items"]:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        with contextlib.suppress(NotReadyError):  # one that goes meanwhile
            apiserver.patch_status(
                f"/api/v1/namespaces/{namespace}/pods/{name}", [{"type": "Ready", "status": "False"}]
            )


def _kubelet() -> list[str]:
    return inside(
        str(artifact("kubernetes") / "kubelet"),
        f"--config={STATE / 'kubelet.yaml'}",
        f"--kubeconfig={component_kubeconfig('kubelet')}",
        f"--root-dir={STATE / 'kubelet'}",
        f"--cert-dir={STATE / 'kubelet' / 'pki'}",
        f"--hostname-override={NODE}",
        f"--node-ip={NODE_ADDRESS}",
    )


def _kube_proxy() -> list[str]:
    return inside(
        str(artifact("kubernetes") / "kube-proxy"),
        f"--kubeconfig={component_kubeconfig('kube-proxy')}",
        f"--hostname-override={NODE}",
        "--proxy-mode=iptables",
        f"--cluster-cidr={PODS}",
        # The host's limits are the host's.
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0s",
        "--conntrack-tcp-timeout-close-wait=0s",
        "--oom-score-adj=0",
        "--healthz-bind-address=127.0.0.1:10256",
        "--metrics-bind-address=127.0.0.1:10249",
    )


def _check_kube_proxy() -> None:
    done = subprocess.run(inside("iptables-save", "-t", "nat"), capture_output=True, text=True, check=False)
    if "KUBE-SERVICES" not in done.stdout:
        raise NotReadyError("its packet rules are not there yet")


PARTS = (
    Part("containerd", needs=("network",), prepare=_prepare_containerd, command=_containerd, check=_check_containerd),
    Part("images", needs=("containerd",), prepare=_import_images),
    Part(
        "kubelet",
        needs=("kube-apiserver", "containerd", "images"),
        prepare=_prepare_kubelet,
        command=_kubelet,
        check=partial(apiserver.check_node, NODE),
    ),
    Part("kube-proxy", needs=("kube-apiserver",), command=_kube_proxy, check=_check_kube_proxy),
)
