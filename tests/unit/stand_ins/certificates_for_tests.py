"""Certificates for tests: as istiod's authority signs them, and as a server has one that nobody signed."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """An authority: its certificate as PEM, and what it signs with."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """Its certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, identity: str, ends_in: timedelta = timedelta(hours=24)) -> bytes:
        """A chain for a SPIFFE URI: its certificate and the authority's."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = (
            _builder(key, self.certificate.subject, ends_in)
            .subject_name(x509.Name([]))
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True)
        )
        chain = (leaf.sign(self.key, hashes.SHA256()), self.certificate)
        return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in chain)


def below(issuer: Authority, name: str, allows: int | None = 0) -> Authority:
    """A new intermediate authority, certified by another. allows: how many authorities below it, None for any."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(key, issuer.certificate.subject, timedelta(days=365))
        .subject_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=allows), critical=True)
    )
    return Authority(certificate.sign(issuer.key, hashes.SHA256()), key)


BEGUN = timedelta(days=-2)


def authority(
    name: str = "cluster.local",
    ends_in: timedelta = timedelta(days=3650),
    begins_in: timedelta = BEGUN,
    *more: x509.ExtensionType,
) -> Authority:
    """A new root. more: further extensions."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    root = _builder(key, subject, ends_in, begins_in).subject_name(subject)
    for extension in (x509.BasicConstraints(ca=True, path_length=None), *more):
        root = root.add_extension(extension, critical=True)
    return Authority(root.sign(key, hashes.SHA256()), key)


def renewed(root: Authority) -> Authority:
    """The same root for another time: of the same name and key."""
    subject = root.certificate.subject
    again = _builder(root.key, subject, timedelta(days=7300)).subject_name(subject)
    again = again.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Authority(again.sign(root.key, hashes.SHA256()), root.key)


def signs_itself(file: Path, subject: str, *names: str) -> bytes:
    """Write a server's certificate for 127.0.0.1 and these names, with its key; returns the certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    called = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
    certificate = (
        _builder(key, name, timedelta(days=1))
        .subject_name(name)
        .add_extension(x509.SubjectAlternativeName(called), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(certificate + private)
    return certificate


def _builder(
    key: ec.EllipticCurvePrivateKey, issuer: x509.Name, ends_in: timedelta, begins_in: timedelta = BEGUN
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now + begins_in).not_valid_after(now + ends_in)
