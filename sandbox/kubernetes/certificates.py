"""The cluster's certificate authority, its certificates and keys.

All in STATE/pki, readable by root alone. Who a client is stands in its certificate: the common name is the user, the
organisation the group (Kubernetes documentation, "PKI certificates and requirements").
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.files import write_whole

LIFETIME = datetime.timedelta(days=365)
RENEW_BEFORE = datetime.timedelta(days=30)
AUTHORITY = "ca"
SERVICE_ACCOUNTS = "service-accounts"


@dataclass(frozen=True)
class Identity:
    """One certificate: its file's name, user and group, and the names and addresses that a server answers to."""

    name: str
    user: str
    group: str = ""
    serves: tuple[str, ...] = ()


def make(folder: Path, identities: Sequence[Identity]) -> None:
    """Make in `folder` what is missing: the authority, the service accounts' key pair, a certificate for each identity.

    Files NAME.crt and NAME.key (PEM, mode 0600). What is there is kept while it is good for another month; with a new
    authority all are made anew.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _is_good(folder, AUTHORITY):
        for old in folder.iterdir():
            old.unlink()
        _make_authority(folder)
    # Kubernetes signs service accounts' tokens with it; it is in no certificate.
    if not (folder / f"{SERVICE_ACCOUNTS}.pub").exists():
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(folder / f"{SERVICE_ACCOUNTS}.key", _key_pem(key))
        encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        write_private(folder / f"{SERVICE_ACCOUNTS}.pub", key.public_key().public_bytes(encoding, form).decode())
    for identity in identities:
        if not _is_good(folder, identity.name):
            _make_certificate(folder, identity)


def write_private(file: Path, content: str) -> None:
    """Write `file` with mode 0600, whole or not at all; nothing happens if it says so already."""
    if not file.exists() or file.read_text() != content:
        write_whole(file, content, 0o600)


def _is_good(folder: Path, name: str) -> bool:
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    if not certificate.exists() or not key.exists():
        return False
    end = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    return end - RENEW_BEFORE > datetime.datetime.now(datetime.timezone.utc)


def _make_authority(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "meshx-sandbox")])
    certificate = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_pair(folder, AUTHORITY, certificate, key)


def _make_certificate(folder: Path, identity: Identity) -> None:
    authority = x509.load_pem_x509_certificate((folder / f"{AUTHORITY}.crt").read_bytes())
    signer = serialization.load_pem_private_key((folder / f"{AUTHORITY}.key").read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 -- tells the type checker what _make_authority wrote
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, identity.user)]
    if identity.group:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, identity.group))
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if identity.serves else [])
    builder = (
        _builder(x509.Name(attributes), authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        # RFC 5280, 4.2.1.1; Python 3.13 and others refuse a chain without it.
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if identity.serves:
        names = [_general_name(name) for name in identity.serves]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    _write_pair(folder, identity.name, builder.sign(signer, hashes.SHA256()), key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A machine's clock may be a little behind.
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        key_encipherment=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _write_pair(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    # The certificate last: a pair is good once its certificate is there, so a killed run leaves no half of one.
    (folder / f"{name}.crt").unlink(missing_ok=True)
    write_private(folder / f"{name}.key", _key_pem(key))
    write_private(folder / f"{name}.crt", certificate.public_bytes(serialization.Encoding.PEM).decode())


def cluster_identities(node: str, node_address: IPv4Address, service_address: IPv4Address) -> list[Identity]:
    """Everyone who needs a certificate in a cluster with one node.

    node: the node's name; node_address: where apiserver and kubelet answer; service_address: the apiserver's Service.
    """
    apiserver_names = (
        str(node_address),
        str(service_address),
        "127.0.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    )
    return [
        Identity("apiserver", "kube-apiserver", serves=apiserver_names),
        Identity("apiserver-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Identity("kubelet", f"system:node:{node}", "system:nodes", serves=(node, str(node_address))),
        Identity("controller-manager", "system:kube-controller-manager"),
        Identity("scheduler", "system:kube-scheduler"),
        Identity("kube-proxy", "system:kube-proxy"),
        Identity("admin", "meshx-admin", "system:masters"),
    ]
