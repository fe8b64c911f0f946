"""The authority that Citadel signs with if it does not make its own: the four entries of the Secret `cacerts`.

Source: security/pkg/pki/ca/ca.go of Istio 1.1 to 1.4, NewPluggedCertIstioCAOptions: ca-cert.pem and ca-key.pem sign,
root-cert.pem is what machines trust, cert-chain.pem links the signing certificate to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from meshx.cluster.certificate import CertificateChain
from meshx.cluster.secret_entries import decoded_entries
from meshx.config.values.certificates import authority_problems, key_problem, read_certificates
from meshx.istio.root_certificate import CHAIN_KEY, ROOT_CERTIFICATE_KEY

CERTIFICATE, KEY, ROOT, CHAIN = "ca-cert.pem", "ca-key.pem", ROOT_CERTIFICATE_KEY, CHAIN_KEY
ENTRIES = (CERTIFICATE, KEY, ROOT, CHAIN)
TLS_ENTRIES = ("tls.crt", "tls.key", "ca.crt")
"""Certificate, key and root in a Secret for TLS."""
KEY_BITS = 2048
"""The size of Citadel's own root key (security/pkg/pki/ca/ca.go, caKeySize)."""
LIFETIME = timedelta(days=3650)
BACKDATED = timedelta(minutes=5)
"""For machines whose clocks are behind."""


@dataclass(frozen=True)
class Authority:
    """The entries as PEM; the key is secret."""

    entries: Mapping[str, bytes] = field(repr=False)

    @property
    def root(self) -> str:
        """The root certificate, which is not secret."""
        return self.entries[ROOT].decode()

    @property
    def end(self) -> datetime:
        """When its certificate ends, so that it can no longer sign."""
        return read_certificates(self.entries[CERTIFICATE])[0].not_valid_after_utc


class UnusableAuthorityError(ValueError):
    """The Secret exists, but Citadel could not sign with it; the message has every reason."""


def new_authority(trust_domain: str, now: datetime) -> Authority:
    """A new root for ten years, which signs machines and pods directly."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, trust_domain[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return Authority({CERTIFICATE: pem, KEY: private, ROOT: pem, CHAIN: pem})


def of_citadels_own(data: Mapping[str, str], now: datetime) -> Authority:
    """The authority that Citadel made itself, from the data (base64) of its Secret; UnusableAuthorityError.

    In `cacerts` it has the same key and the same root, so all certificates it signed before stay good.
    """
    own = {name: data.get(name, "") for name in (CERTIFICATE, KEY)}
    return read_authority({**own, ROOT: own[CERTIFICATE], CHAIN: own[CERTIFICATE]}, now)


def istiods_entries(data: Mapping[str, str]) -> Mapping[str, str]:
    """The entries by which istiod signs, of a Secret's `data`, under the names of ENTRIES.

    Where tls.crt is there it takes the three of a Secret for TLS, and no others (detectSigningCABundle in
    pilot/pkg/bootstrap/istio_ca.go of Istio 1.31). Citadel does not know these.
    """
    if TLS_ENTRIES[0] not in data:
        return data
    certificate, key, root = (data.get(name, "") for name in TLS_ENTRIES)
    return {CERTIFICATE: certificate, KEY: key, ROOT: root, CHAIN: certificate}


def read_authority(data: Mapping[str, str], now: datetime) -> Authority:
    """The authority in a Secret's `data` (base64), after checks; UnusableAuthorityError with every reason."""
    entries, problems = decoded_entries(data, ENTRIES)
    problems = problems or list(_problems(entries, now))
    if problems:
        raise UnusableAuthorityError("; ".join(problems))
    return Authority(entries)


def _problems(entries: Mapping[str, bytes], now: datetime) -> list[str]:
    certificates, roots = read_certificates(entries[CERTIFICATE]), read_certificates(entries[ROOT])
    if not certificates or not roots:
        damaged = [name for name, read in ((CERTIFICATE, certificates), (ROOT, roots)) if not read]
        return [f"{name} holds no certificate" for name in damaged]
    signing = certificates[0]
    problems = [f"{CERTIFICATE} {words}" for words in authority_problems(signing, now)]
    between = tuple(one for one in read_certificates(entries[CHAIN]) if one != signing)
    if not CertificateChain((signing, *between)).signed_by(roots):
        problems.append(f"{CERTIFICATE} is not signed by {ROOT}, by way of {CHAIN}")
    if roots[0] != signing:
        problems += [f"{ROOT} {words}" for words in authority_problems(roots[0], now)]
    if words := key_problem(entries[KEY], signing, CERTIFICATE):
        problems.append(f"{KEY} {words}")
    return problems
