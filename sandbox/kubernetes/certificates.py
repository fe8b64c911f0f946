"""The cluster's certificate authority, certificates and keys, made with openssl(1).

All are in STATE/pki, where only root can read them. A certificate names its client: the common name is the user, the
organisation the group (Kubernetes documentation, "PKI certificates and requirements").
"""

import datetime
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from sandbox.files import write_whole

LIFETIME = datetime.timedelta(days=365)
RENEW_BEFORE = datetime.timedelta(days=30)
AUTHORITY = "ca"
SERVICE_ACCOUNTS = "service-accounts"
CURVE = ("-pkeyopt", "ec_paramgen_curve:P-256")
NOTHING_OF_THE_HOSTS = "[req]\ndistinguished_name = name\n[name]\n"
"""The settings that openssl uses instead of the host's."""
KNOWN_BY_KEY = ("subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")
"""RFC 5280, 4.2.1.1; Python 3.13 and others refuse a chain without them."""


@dataclass(frozen=True)
class Identity:
    """One certificate: its file's name, user and group, and a server's names and addresses."""

    name: str
    user: str
    group: str = ""
    serves: tuple[str, ...] = ()


def make(folder: Path, identities: Sequence[Identity]) -> None:
    """Make in `folder` what is missing: the authority, the service accounts' key pair, a certificate for each identity.

    Files NAME.crt and NAME.key (PEM, mode 0600). It keeps files that are valid for another month; with a new
    authority it makes all again.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _is_good(folder, AUTHORITY):
        for old in folder.iterdir():
            old.unlink()
        uses = "keyUsage=critical,digitalSignature,keyCertSign,cRLSign"
        _certify(folder, AUTHORITY, "/CN=meshx-sandbox", ["basicConstraints=critical,CA:true", uses])
    # Kubernetes signs service accounts' tokens with it; no certificate has it.
    pair = [folder / f"{SERVICE_ACCOUNTS}.{ending}" for ending in ("key", "pub")]
    if not pair[1].exists():
        _openssl("genpkey", "-algorithm", "EC", *CURVE, "-out", pair[0])
        _openssl("pkey", "-in", pair[0], "-pubout", "-out", pair[1])
    signer = ["-CA", folder / f"{AUTHORITY}.crt", "-CAkey", folder / f"{AUTHORITY}.key"]
    for identity in identities:
        if not _is_good(folder, identity.name):
            subject = f"{f'/O={identity.group}' if identity.group else ''}/CN={identity.user}"
            _certify(folder, identity.name, subject, _extensions(identity), *signer)


def write_private(file: Path, content: str) -> None:
    """Write `file` with mode 0600, whole or not at all, unless it already has that content."""
    if not file.exists() or file.read_text() != content:
        write_whole(file, content, 0o600)


def _is_good(folder: Path, name: str) -> bool:
    certificate = folder / f"{name}.crt"
    if not certificate.exists() or not (folder / f"{name}.key").exists():
        return False
    lasts = ["openssl", "x509", "-in", str(certificate), "-noout", "-checkend", str(RENEW_BEFORE.days * 86400)]
    return subprocess.run(lasts, check=False, capture_output=True).returncode == 0


def _extensions(identity: Identity) -> list[str]:
    made = ["basicConstraints=critical,CA:false", "keyUsage=critical,digitalSignature"]
    if not identity.serves:
        return [*made, "extendedKeyUsage=clientAuth"]
    names = ",".join(f"{'IP' if name[0].isdigit() else 'DNS'}:{name}" for name in identity.serves)
    return [*made, "extendedKeyUsage=clientAuth,serverAuth", f"subjectAltName={names}"]


def _certify(folder: Path, name: str, subject: str, extensions: Sequence[str], *signer: str | Path) -> None:
    key, certificate, new = folder / f"{name}.key", folder / f"{name}.crt", folder / f"{name}.crt.new"
    # The certificate last: a pair is complete once its certificate exists, so a killed run leaves no half of one.
    certificate.unlink(missing_ok=True)
    added = [word for extension in (*extensions, *KNOWN_BY_KEY) for word in ("-addext", extension)]
    request = ["req", "-config", "/dev/stdin", "-x509", "-days", str(LIFETIME.days), "-subj", subject, *added]
    _openssl(*request, "-newkey", "ec", *CURVE, "-nodes", "-keyout", key, *signer, "-out", new)
    new.rename(certificate)


def _openssl(*words: str | Path) -> None:
    command = ["openssl", *map(str, words)]
    done = subprocess.run(command, input=NOTHING_OF_THE_HOSTS, capture_output=True, text=True, check=False, umask=0o077)
    if done.returncode:
        raise OSError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def cluster_identities(node: str, node_address: IPv4Address, service_address: IPv4Address) -> list[Identity]:
    """Every client and server that needs a certificate in a cluster with one node.

    node: the node's name; node_address: where apiserver and kubelet answer; service_address: the apiserver's Service.
    """
    of_service = [f"kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")]
    served = (str(node_address), str(service_address), "127.0.0.1", "localhost", *of_service)
    return [
        Identity("apiserver", "kube-apiserver", serves=served),
        Identity("apiserver-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Identity("kubelet", f"system:node:{node}", "system:nodes", serves=(node, str(node_address))),
        Identity("controller-manager", "system:kube-controller-manager"),
        Identity("scheduler", "system:kube-scheduler"),
        Identity("kube-proxy", "system:kube-proxy"),
        Identity("admin", "meshx-admin", "system:masters"),
    ]
