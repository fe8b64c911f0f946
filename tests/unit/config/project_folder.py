"""Makes a project folder with everything that a configuration can name."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KUBECONFIG = """\
apiVersion: v1
kind: Config
contexts:
- {name: somewhere, context: {cluster: one, user: admin}}
- {name: elsewhere, context: {cluster: two, user: admin}}
"""


def make_project(folder: Path) -> Path:
    """Fill a folder: key pair `id`, `kubeconfig`, `istio-sidecar.deb`, and `charts` with all three charts."""
    key = Ed25519PrivateKey.generate()
    pair = {
        "id": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        ),
        "id.pub": key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
    }
    for name, content in pair.items():
        (folder / name).write_bytes(content)
    (folder / "kubeconfig").write_text(KUBECONFIG)
    (folder / "istio-sidecar.deb").write_bytes(b"a package")
    for chart in ("base", "istiod", "gateway"):
        (folder / "charts" / chart).mkdir(parents=True)
        (folder / "charts" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    return folder


def standing_configuration(istio_version: str) -> dict[str, Any]:
    """A configuration of what the folder has: one workload with two machines. A new one at each call."""
    return {
        "cluster": {"context": "somewhere", "kubeconfigFile": "kubeconfig", "servicesCidr": "10.96.0.0/16"},
        "mesh": {"istioVersion": istio_version, "network": "network1", "chart": {"path": "charts"}},
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"privateKeyFile": "id"},
        "workloads": [
            {
                "name": "vmhttp",
                "namespace": "vm",
                "labels": {"version": "v1"},
                "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
                "machines": [
                    {"name": "vm-1", "address": "10.77.0.11", "ssh": {"hostKeyFile": "id.pub"}},
                    {"name": "vm-2", "address": "10.77.0.12", "ssh": {"hostKeyFile": "id.pub"}},
                ],
            }
        ],
    }
