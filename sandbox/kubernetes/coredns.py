"""The cluster's DNS: CoreDNS as kubeadm sets it up, applied from manifests/coredns.yaml."""

import hashlib
from functools import partial
from pathlib import Path

from sandbox.kubernetes import apiserver
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part

MANIFEST = Path(__file__).parent / "manifests" / "coredns.yaml"
APPLIED = STATE / "run" / "coredns.applied"
_check = partial(apiserver.check_deployment, "kube-system", "coredns")


def _apply() -> None:
    wanted = hashlib.sha256(MANIFEST.read_bytes()).hexdigest()
    if APPLIED.exists() and APPLIED.read_text() == wanted and _serves():
        return
    from sandbox.kubernetes import cluster  # noqa: PLC0415 -- the client takes a second to import, and mostly nothing is to be done

    cluster.apply(MANIFEST)
    APPLIED.write_text(wanted)


def _serves() -> bool:
    try:
        _check()
    except NotReadyError:
        return False
    return True


PARTS = (
    Part(
        "coredns",
        needs=("kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler", "images"),
        prepare=_apply,
        check=_check,
    ),
)
