"""Certificates in PEM form: read, linked to their roots, and what keeps one from issuing others.

Loading `cryptography` takes a while, so the configuration imports this only where a stack names certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID


def read_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM text, () if it holds none or is damaged."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether another certificate's key signed this one."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def renews(root: x509.Certificate, former: x509.Certificate) -> bool:
    """Tell whether a root has the name and the key of a former one, and so stands for it in each path."""
    return former.subject == former.issuer and issued(former, root)


def path_to_root(
    first: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """The certificates from `first` to one of the roots, both included; () if no path leads there.

    others: those that may stand in between, in any order.
    """
    paths, left = [(first,)], [one for one in others if one != first]
    while paths:
        path = paths.pop()
        for root in roots:
            if path[-1] == root:
                return path
            if issued(path[-1], root):
                return (*path, root)
        signers = [one for one in left if issued(path[-1], one)]
        left = [one for one in left if one not in signers]
        paths += [(*path, signer) for signer in signers]
    return ()


def name_of(root: x509.Certificate) -> str:
    """A root in words: subject and the first digits of the SHA-256 fingerprint, since subjects are often alike."""
    return f"{root.subject.rfc4514_string() or 'a root without a name'} ({fingerprint(root)[:8]})"


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 sum of a certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def _may_sign(certificate: x509.Certificate) -> bool:
    """Whether it is an authority's: its basic constraints say so, and its key usage, if it has one, allows it."""
    extensions = certificate.extensions
    try:
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        return False
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def _for_servers(certificate: x509.Certificate) -> bool:
    """Whether its extended key usage, if it has one, is for servers: what Go checks each certificate of a path for
    unless it is told otherwise (crypto/x509, VerifyOptions.KeyUsages)."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.SERVER_AUTH in uses or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in uses


def path_problems(path: Sequence[x509.Certificate]) -> Iterator[str]:
    """Which authorities of a path, the issuing one first, allow fewer below them than there are (RFC 5280, 4.2.1.9)."""
    for below, one in enumerate(path):
        try:
            allowed = one.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        except x509.ExtensionNotFound:
            continue
        if allowed is not None and allowed < below:
            yield f"{name_of(one)} allows {allowed} authorities below it, and here are {below}"


def authority_problems(certificate: x509.Certificate, now: datetime) -> Iterator[str]:
    """What keeps a certificate from issuing others, or from being trusted, at a time: nothing for a good one."""
    if not _may_sign(certificate):
        yield "may not sign certificates"
    if not _for_servers(certificate):
        yield "is for other uses than servers, and Istio checks it for that (Verify in security/pkg/pki/util)"
    if certificate.not_valid_after_utc <= now:
        yield f"ended {certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    if certificate.not_valid_before_utc > now:
        yield f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"


def key_problem(pem: bytes, certificate: x509.Certificate, called: str) -> str:
    """Why a key is not that of a certificate, which is `called` so: "" if it is. The words hold nothing of the key."""
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's message may quote the key.
        return "holds no private key without a password"
    if key.public_key().public_bytes(*public) != certificate.public_key().public_bytes(*public):
        return f"is not the key of {called}"
    return ""


def plain_key(pem: bytes) -> bytes:
    """A good key as Istio reads it: PKCS #8, with nothing before it (ParsePemEncodedKey in security/pkg/pki/util/
    crypto.go of Istio 1.31 takes the first block of the text, which for some keys is their parameters)."""
    key = load_pem_private_key(pem, password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
