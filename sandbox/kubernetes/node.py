"""The cluster's one node: containerd, its images, kubelet and kube-proxy."""

import contextlib
import json
import subprocess
from functools import partial

from sandbox.builds import artifact
from sandbox.builds.images import full_name
from sandbox.kubernetes import apiserver, configuration
from sandbox.kubernetes.configuration import NODE, SHIMS, program
from sandbox.network.addresses import HOST_ADDRESS
from sandbox.network.namespace import inside
from sandbox.paths import STATE
from sandbox.supervision import cgroups, processes
from sandbox.supervision.supervisor import NotReadyError, Part, PartError

SOCKET = STATE / "run" / "containerd" / "containerd.sock"
IMAGES = {name: full_name(name) for name in ("pause", "echo", "coredns", "pilot", "proxyv2")}
IMPORTED = STATE / "run" / "images.json"
SHIM_BUNDLES = STATE / "run" / "containerd" / "io.containerd.runtime.v2.task" / "k8s.io"
"""Where each running container has a folder that contains the address of its shim's socket."""


def _prepare_containerd() -> None:
    configuration.write("containerd.toml", STATE / "containerd.toml")
    configuration.write("cni.conflist", STATE / "cni" / "10-pods.conflist")
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
    """Import the images that are missing or have been rebuilt since."""
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
    configuration.write("kubelet.yaml", STATE / "kubelet.yaml")
    # Where the cluster's DNS forwards unknown names: nobody listens there, so that it gets a refusal at once.
    (STATE / "resolv.conf").write_text(f"nameserver {HOST_ADDRESS.ip}\n")
    if processes.find("kubelet") is None:
        _reset_stale_reports()


def _reset_stale_reports() -> None:
    """Take back what a dead kubelet has reported as ready: after a reboot, none of it is.

    The next kubelet reports again. Without this, everything counts as ready until then, though nothing runs.
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
        command=partial(program, "kubelet"),
        check=partial(apiserver.check_node, NODE),
    ),
    Part(
        "kube-proxy",
        needs=("kube-apiserver",),
        command=partial(program, "kube-proxy"),
        check=_check_kube_proxy,
    ),
)
