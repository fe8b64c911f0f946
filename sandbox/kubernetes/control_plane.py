"""The cluster's control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, their certificates."""

from functools import partial

from sandbox.kubernetes import apiserver, certificates
from sandbox.kubernetes.apiserver import PKI, SERVER
from sandbox.kubernetes.certificates import write_private
from sandbox.kubernetes.configuration import NODE, program
from sandbox.kubernetes.kubeconfig import kubeconfig
from sandbox.network.addresses import NODE_ADDRESS, SERVICES
from sandbox.network.namespace import listens
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part

CONTEXT = "meshx-sandbox"
KUBECONFIG = STATE / "kubeconfig"
TOKEN_REVIEW_PORT = 8478
"""Where the apiserver asks about bearer tokens that it does not know itself: sandbox/gce/token_review.py."""
KUBERNETES_SERVICE = SERVICES[1]
"""kube-controller-manager and clients in pods find the apiserver at the first address of the services' range."""


def _prepare_certificates() -> None:
    identities = certificates.cluster_identities(NODE, NODE_ADDRESS, KUBERNETES_SERVICE)
    certificates.make(PKI, identities)
    for name in ("kubelet", "controller-manager", "scheduler", "kube-proxy"):
        write_private(PKI / f"{name}.kubeconfig", kubeconfig(name, SERVER, CONTEXT, PKI))
    write_private(KUBECONFIG, kubeconfig("admin", SERVER, CONTEXT, PKI))
    webhook = f"http://127.0.0.1:{TOKEN_REVIEW_PORT}/token-review"
    write_private(PKI / "token-review.kubeconfig", kubeconfig("apiserver", webhook, "webhook"))


def _check_port(port: int) -> None:
    if not listens(port):
        raise NotReadyError(f"nothing listens on port {port} yet")


PARTS = (
    Part("certificates", prepare=_prepare_certificates),
    Part("etcd", needs=("network",), command=partial(program, "etcd", "etcd"), check=partial(_check_port, 2379)),
    Part(
        "kube-apiserver",
        needs=("etcd", "certificates"),
        command=partial(program, "kube-apiserver"),
        check=apiserver.check_serving,
    ),
    Part(
        "kube-controller-manager",
        needs=("kube-apiserver",),
        command=partial(program, "kube-controller-manager"),
        check=partial(_check_port, 10257),
    ),
    Part(
        "kube-scheduler",
        needs=("kube-apiserver",),
        command=partial(program, "kube-scheduler"),
        check=partial(_check_port, 10259),
    ),
)
