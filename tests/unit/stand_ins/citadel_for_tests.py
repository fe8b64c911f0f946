"""Secrets as Citadel writes them, for tests."""

import base64
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.stand_ins.certificates_for_tests import Authority

NOW = datetime(2020, 3, 1, 12, 0, tzinfo=timezone.utc)
VMHTTP = "spiffe://cluster.local/ns/vm/sa/vmhttp"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def secret_data(
    authority: Authority,
    *,
    identity: str = VMHTTP,
    begins: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + timedelta(days=89),
    key: Key | None = None,
    intermediate: Authority | None = None,
) -> dict[str, str]:
    """The `data` of a Secret: a certificate of 90 days, a day old, signed by the authority or by one between."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    signer = intermediate or authority
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    chain = [leaf] if intermediate is None else [leaf, intermediate.certificate]
    entries = {
        "root-cert.pem": authority.certificate.public_bytes(Encoding.PEM),
        "cert-chain.pem": b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain),
        # As Go writes RSA keys: BEGIN RSA PRIVATE KEY.
        "key.pem": key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    }
    return {name: base64.b64encode(content).decode() for name, content in entries.items()}


def long_lived_authority(begins: datetime, ends: datetime, signed_by: Authority | None = None) -> Authority:
    """A root, or an authority between, with times of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, f"cluster.local {begins:%s}")])
    issuer = signed_by.certificate.subject if signed_by else name
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signed_by.key if signed_by else key, hashes.SHA256())
    )
    return Authority(certificate, key)


ROOT = long_lived_authority(NOW - timedelta(days=30), NOW + timedelta(days=3650))
