"""A Kubernetes API of our own on the loopback: etcd, API server, a few controllers, but no node to run anything."""

import contextlib
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.builds import artifact

_START_SECONDS = 90.0
# What deletions and roll-outs need; everything else would only cost time.
_CONTROLLERS = (
    "deployment-controller",
    "endpoints-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "replicaset-controller",
)


@dataclass(frozen=True)
class ApiServer:
    """How to reach it."""

    kubeconfig: Path
    """With the contexts `admin`, and `reader`, who may look at everything and change nothing."""


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """A fresh API server with its data below `folder`; it is stopped, and nothing else, when the block is left."""
    with contextlib.ExitStack() as stack:
        etcd_port, peer_port, port = (_free_port() for _ in range(3))
        etcd = f"http://127.0.0.1:{etcd_port}"
        peer = f"http://127.0.0.1:{peer_port}"
        stack.enter_context(
            _process(
                folder / "etcd.log",
                artifact("etcd") / "etcd",
                f"--data-dir={folder / 'etcd'}",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=default={peer}",
                "--unsafe-no-fsync",
            )
        )
        tokens = {user: secrets.token_hex(16) for user in ("admin", "reader")}
        stack.enter_context(_process(folder / "apiserver.log", *_api_server(folder, etcd, port, tokens)))
        kubeconfig = _kubeconfig(folder, port, tokens)
        _wait_until_ready(folder, port, tokens["admin"])
        controllers = [
            artifact("kubernetes") / "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            f"--controllers={','.join(_CONTROLLERS)}",
            "--leader-elect=false",
            "--secure-port=0",
        ]
        stack.enter_context(_process(folder / "controllers.log", *controllers))
        yield ApiServer(kubeconfig)


def _api_server(folder: Path, etcd: str, port: int, tokens: dict[str, str]) -> list[str | Path]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "service-accounts.key").write_bytes(pem)
    users = (f'{tokens["admin"]},admin,admin,"system:masters"', f"{tokens['reader']},reader,reader")
    (folder / "tokens.csv").write_text("\n".join(users) + "\n")
    return [
        artifact("kubernetes") / "kube-apiserver",
        f"--etcd-servers={etcd}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://conformance.test",
        f"--service-account-key-file={folder / 'service-accounts.key'}",
        f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
    ]


def _kubeconfig(folder: Path, port: int, tokens: dict[str, str]) -> Path:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(_certificate(folder))}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "clusters": [{"name": "conformance", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}} for user, token in tokens.items()],
        "contexts": [{"name": user, "context": {"cluster": "conformance", "user": user}} for user in tokens],
    }
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return path


def _certificate(folder: Path) -> Path:
    """What the API server makes for itself when it starts."""
    return folder / "certificates" / "apiserver.crt"


@contextlib.contextmanager
def _process(log: Path, *command: str | Path) -> Iterator[None]:
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(folder: Path, port: int, token: str) -> None:
    request = urllib.request.Request(f"https://127.0.0.1:{port}/readyz", headers={"Authorization": f"Bearer {token}"})
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, OSError):
            context = ssl.create_default_context(cafile=_certificate(folder))
            urllib.request.urlopen(request, context=context, timeout=5)  # noqa: S310
            return
        time.sleep(0.2)
    end = (folder / "apiserver.log").read_text(errors="replace")[-2000:]
    raise AssertionError(f"the API server was not ready after {_START_SECONDS:.0f} s; the end of its log:\n{end}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
