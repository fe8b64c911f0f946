"""One root of trust for several clusters: Secret `cacerts` in a namespace that is handed over to the stack.

Source: istio.io, Plug in CA Certificates.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kubernetes import client

from meshx.config.owner import Owner
from sandbox.kubernetes import cluster

NAMESPACE = "istio-system"
VALID = datetime.timedelta(days=30)


class Root:
    """A new root: its certificate, and the intermediate ones that it signs."""

    def __init__(self, name: str = "shared root") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _certificate(name, self._key, None, self._key)

    def intermediate(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """The certificate of an authority below it."""
        return _certificate(name, key, self.certificate, self._key)

    def give_to_cluster(self, labels: dict[str, str]) -> bytes:
        """Make istiod's namespace with these labels, and Secret `cacerts`; returns the root certificate as PEM."""
        core = client.CoreV1Api(cluster.api())
        files = entries([self], self, ec.generate_private_key(ec.SECP256R1()))
        core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE, labels=labels)))
        data: dict[str, str | bytes] = {name: base64.b64encode(content).decode() for name, content in files.items()}
        core.create_namespaced_secret(
            NAMESPACE, client.V1Secret(metadata=client.V1ObjectMeta(name="cacerts"), data=data)
        )
        return files["root-cert.pem"]


def entries(trusted: Sequence[Root], issuer: Root, key: ec.EllipticCurvePrivateKey) -> dict[str, bytes]:
    """The Secret's entries: these roots, and an authority with this key below one of them."""
    intermediate = _pem(issuer.intermediate("cluster1", key))
    return {
        "root-cert.pem": b"".join(_pem(root.certificate) for root in trusted),
        "ca-cert.pem": intermediate,
        "cert-chain.pem": intermediate + _pem(issuer.certificate),
        "ca-key.pem": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }


def give_to_cluster(owner: Owner) -> bytes:
    """Make namespace and Secret, handed over to a stack; returns the root certificate as PEM."""
    return Root().give_to_cluster({"meshx/owner": owner.mark})


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    signing_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    key_usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(key_usage, critical=True)
        .sign(signing_key, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
