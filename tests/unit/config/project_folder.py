"""Makes a project folder with everything that a configuration can name."""

from pathlib import Path

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
