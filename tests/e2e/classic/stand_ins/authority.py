"""The certificates of a Citadel: its root, those of services that are called by name, those of service accounts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from kubernetes import client

from sandbox import cluster

NINETY_DAYS = timedelta(days=90)
"""How long Citadel's certificates are valid (security.workloadCertTtl)."""
OWNER = "meshx.dev"
MINUTE = timedelta(minutes=1)


class Authority:
    """A root that signs. `lasting`: how long what a node agent asks for is to be valid."""

    def __init__(self, name: str = "cluster.local") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, name)])
        self.lasting = NINETY_DAYS
        now = datetime.now(timezone.utc)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def root(self) -> bytes:
        """The root certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def give_to_cluster(self, namespace: str) -> None:
        """Make a new namespace with Secret `cacerts` in it, handed over to the stack `dev`."""
        core = client.CoreV1Api(cluster.api())
        metadata = client.V1ObjectMeta(name=namespace, labels={"meshx/owner": OWNER})
        core.create_namespace(client.V1Namespace(metadata=metadata))
        files = dict.fromkeys(("root-cert.pem", "ca-cert.pem", "cert-chain.pem"), self.root.decode())
        files["ca-key.pem"] = _pem(self.key).decode()
        secret = client.V1Secret(metadata=client.V1ObjectMeta(name="cacerts"), string_data=files)
        core.create_namespaced_secret(namespace, secret)

    def sign(
        self, public_key: CertificatePublicKeyTypes, name: x509.GeneralName, begins: datetime, ends: datetime
    ) -> bytes:
        """A certificate of one name as PEM, without a subject as Citadel's are."""
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .sign(self.key, hashes.SHA256())
            .public_bytes(Encoding.PEM)
        )

    def renewed(self, request: bytes, identity: str) -> bytes:
        """The certificate that a node agent's request gets, for the identity that it has shown; ValueError."""
        asked = x509.load_pem_x509_csr(request)
        now = datetime.now(timezone.utc)
        name = x509.UniformResourceIdentifier(identity)
        return self.sign(asked.public_key(), name, now - MINUTE, now + self.lasting)

    def secret(self, identity: str, lasting: timedelta = NINETY_DAYS) -> dict[str, bytes]:
        """The entries of a service account's Secret, valid from a day ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(timezone.utc)
        name = x509.UniformResourceIdentifier(identity)
        return {
            "root-cert.pem": self.root,
            "cert-chain.pem": self.sign(key.public_key(), name, now - timedelta(days=1), now + lasting),
            "key.pem": _pem(key),
        }

    def serving(self, host: str, folder: Path, lasting: timedelta = NINETY_DAYS) -> tuple[Path, Path]:
        """Files with chain and key of a server that is called `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(timezone.utc)
        begins = now - timedelta(days=2)
        chain, private = folder / f"{host}.pem", folder / f"{host}.key"
        chain.write_bytes(self.sign(key.public_key(), x509.DNSName(host), begins, now + lasting))
        private.write_bytes(_pem(key))
        return chain, private


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
