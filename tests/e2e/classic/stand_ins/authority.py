"""The certificates of a Citadel: its root, those of services that are called by name, those of service accounts.

As Citadel's own are: RSA of 2048 bits with keys in PKCS1, one critical name, no subject, not backdated.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from kubernetes import client

from meshx.config.owner import Owner
from sandbox.kubernetes import cluster

NINETY_DAYS = timedelta(days=90)
"""How long Citadel's certificates are valid (security.workloadCertTtl)."""
BITS = 2048


class Authority:
    """A root that signs. `lasting`: how long what a node agent asks for is to be valid.

    `chained`: whether what it signs has the root after it, as of a Citadel that signs by `cacerts`.
    """

    def __init__(self, name: str = "cluster.local") -> None:
        self.key = _new_key()
        self.name = x509.Name([x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, name)])
        self.lasting = NINETY_DAYS
        self.chained = False
        now = datetime.now(timezone.utc)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def root(self) -> bytes:
        """The root certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def private_key(self) -> bytes:
        """Its key as PEM."""
        return _pem(self.key)

    def become(self, data: dict[str, str], *, chained: bool) -> None:
        """Sign by `ca-cert.pem` and `ca-key.pem` of a Secret's data (base64)."""
        key = load_pem_private_key(base64.b64decode(data["ca-key.pem"]), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key, self.chained = key, chained
        self.certificate = x509.load_pem_x509_certificate(base64.b64decode(data["ca-cert.pem"]))
        self.name = self.certificate.subject

    def give_to_cluster(self, namespace: str, owner: Owner) -> None:
        """Make a new namespace with Secret `cacerts` in it, handed over to a stack."""
        core = client.CoreV1Api(cluster.api())
        metadata = client.V1ObjectMeta(name=namespace, labels={"meshx/owner": owner.mark})
        core.create_namespace(client.V1Namespace(metadata=metadata))
        files = dict.fromkeys(("root-cert.pem", "ca-cert.pem", "cert-chain.pem"), self.root.decode())
        files["ca-key.pem"] = self.private_key.decode()
        secret = client.V1Secret(metadata=client.V1ObjectMeta(name="cacerts"), string_data=files)
        core.create_namespaced_secret(namespace, secret)

    def sign(
        self, public_key: CertificatePublicKeyTypes, name: x509.GeneralName, begins: datetime, ends: datetime
    ) -> bytes:
        """A certificate of one name as PEM, with what leads to the root."""
        signed = (
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
        return signed + (self.root if self.chained else b"")

    def renewed(self, request: bytes, identity: str) -> bytes:
        """The certificate that a node agent's request gets, for the identity that it has shown; ValueError."""
        asked = x509.load_pem_x509_csr(request)
        now = datetime.now(timezone.utc)
        name = x509.UniformResourceIdentifier(identity)
        return self.sign(asked.public_key(), name, now, now + self.lasting)

    def secret(
        self, identity: str, lasting: timedelta = NINETY_DAYS, begun: timedelta = timedelta(0)
    ) -> dict[str, bytes]:
        """The entries of a service account's Secret, which ends after that and began that long ago."""
        chain, key = self._made(x509.UniformResourceIdentifier(identity), lasting, begun)
        return {"root-cert.pem": self.root, "cert-chain.pem": chain, "key.pem": key}

    def serving(self, host: str, folder: Path, lasting: timedelta = NINETY_DAYS) -> tuple[Path, Path]:
        """Files with chain and key of a server that is called `host`."""
        return _files(folder, host, *self._made(x509.DNSName(host), lasting, timedelta(days=2)))

    def identified(self, identity: str, folder: Path, lasting: timedelta = NINETY_DAYS) -> tuple[Path, Path]:
        """Files with chain and key of somebody who has a SPIFFE identity and no other name."""
        made = self._made(x509.UniformResourceIdentifier(identity), lasting, timedelta(0))
        return _files(folder, identity.rpartition("/")[2], *made)

    def _made(self, name: x509.GeneralName, lasting: timedelta, begun: timedelta) -> tuple[bytes, bytes]:
        key = _new_key()
        now = datetime.now(timezone.utc)
        return self.sign(key.public_key(), name, now - begun, now + lasting), _pem(key)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def _files(folder: Path, name: str, chain: bytes, key: bytes) -> tuple[Path, Path]:
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    for path, content in zip(paths, (chain, key), strict=True):
        path.write_bytes(content)
    return paths


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
