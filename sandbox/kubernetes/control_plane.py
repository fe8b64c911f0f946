"""The cluster's control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, their certificates."""

from functools import partial

from sandbox.builds import artifact
from sandbox.kubernetes import apiserver, certificates
from sandbox.kubernetes.apiserver import PKI, SERVER
from sandbox.kubernetes.certificates import write_private
from sandbox.kubernetes.kubeconfig import kubeconfig
from sandbox.network.addresses import NODE_ADDRESS, PODS, SERVICES
from sandbox.network.namespace import inside, listens
from sandbox.paths import STATE
from sandbox.supervision.supervisor import NotReadyError, Part

CONTEXT = "meshx-sandbox"
NODE = "meshx-node"
KUBECONFIG = STATE / "kubeconfig"
ETCD = "http://127.0.0.1:2379"
TOKEN_REVIEW = PKI / "token-review.kubeconfig"
TOKEN_REVIEW_PORT = 8478
"""Where the apiserver asks about bearer tokens that it does not know itself: sandbox/gce/token_review.py."""
KUBERNETES_SERVICE = SERVICES[1]
"""kube-controller-manager and clients in pods find the apiserver by the first address of the services' range."""


def component_kubeconfig(name: str) -> str:
    """The file with which the component `name` reaches the apiserver as itself."""
    return str(PKI / f"{name}.kubeconfig")


def _prepare_certificates() -> None:
    identities = certificates.cluster_identities(NODE, NODE_ADDRESS, KUBERNETES_SERVICE)
    certificates.make(PKI, identities)
    for name in ("kubelet", "controller-manager", "scheduler", "kube-proxy"):
        write_private(PKI / f"{name}.kubeconfig", kubeconfig(name, SERVER, CONTEXT, PKI))
    write_private(KUBECONFIG, kubeconfig("admin", SERVER, CONTEXT, PKI))
    webhook = f"http://127.0.0.1:{TOKEN_REVIEW_PORT}/token-review"
    write_private(TOKEN_REVIEW, kubeconfig("apiserver", webhook, "webhook"))


def _etcd() -> list[str]:
    return inside(
        str(artifact("etcd") / "etcd"),
        "--name=meshx",
        f"--data-dir={STATE / 'etcd'}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=meshx=http://127.0.0.1:2380",
        # The data lives no longer than the sandbox: speed is worth more than a power failure survived.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def _apiserver() -> list[str]:
    return inside(
        str(artifact("kubernetes") / "kube-apiserver"),
        f"--advertise-address={NODE_ADDRESS}",
        f"--secure-port={apiserver.PORT}",
        f"--etcd-servers={ETCD}",
        f"--client-ca-file={PKI / 'ca.crt'}",
        f"--tls-cert-file={PKI / 'apiserver.crt'}",
        f"--tls-private-key-file={PKI / 'apiserver.key'}",
        f"--kubelet-certificate-authority={PKI / 'ca.crt'}",
        f"--kubelet-client-certificate={PKI / 'apiserver-to-kubelet.crt'}",
        f"--kubelet-client-key={PKI / 'apiserver-to-kubelet.key'}",
        # By address: the node's name is in nobody's DNS.
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={PKI / 'service-accounts.pub'}",
        f"--service-account-signing-key-file={PKI / 'service-accounts.key'}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--authentication-token-webhook-config-file={TOKEN_REVIEW}",
        "--authentication-token-webhook-version=v1",
        # Short, so that a token's end shows soon.
        "--authentication-token-webhook-cache-ttl=2s",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged",
        "--profiling=false",
        f"--cert-dir={PKI}",
    )


def _controller_manager() -> list[str]:
    return inside(
        str(artifact("kubernetes") / "kube-controller-manager"),
        f"--kubeconfig={component_kubeconfig('controller-manager')}",
        "--leader-elect=false",
        "--use-service-account-credentials",
        "--allocate-node-cidrs",
        f"--cluster-cidr={PODS}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--service-account-private-key-file={PKI / 'service-accounts.key'}",
        f"--root-ca-file={PKI / 'ca.crt'}",
        f"--cluster-signing-cert-file={PKI / 'ca.crt'}",
        f"--cluster-signing-key-file={PKI / 'ca.key'}",
        "--bind-address=127.0.0.1",
        f"--cert-dir={PKI / 'controller-manager'}",
        f"--flex-volume-plugin-dir={STATE / 'kubelet' / 'volume-plugins'}",
        "--profiling=false",
    )


def _scheduler() -> list[str]:
    return inside(
        str(artifact("kubernetes") / "kube-scheduler"),
        f"--kubeconfig={component_kubeconfig('scheduler')}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--cert-dir={PKI / 'scheduler'}",
        "--profiling=false",
    )


def _check_port(port: int) -> None:
    if not listens(port):
        raise NotReadyError(f"nothing listens on port {port} yet")


PARTS = (
    Part("certificates", prepare=_prepare_certificates),
    Part("etcd", needs=("network",), command=_etcd, check=partial(_check_port, 2379)),
    Part(
        "kube-apiserver",
        needs=("etcd", "certificates"),
        command=_apiserver,
        check=apiserver.check_serving,
    ),
    Part(
        "kube-controller-manager",
        needs=("kube-apiserver",),
        command=_controller_manager,
        check=partial(_check_port, 10257),
    ),
    Part("kube-scheduler", needs=("kube-apiserver",), command=_scheduler, check=partial(_check_port, 10259)),
)
