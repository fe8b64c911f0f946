"""The certificate of a machine's proxy: whose it is, when it ends, and who signed it; and bundles of roots, as sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from meshx.config.errors.words import enumerate_words


@dataclass(frozen=True)
class CertificateChain:
    """A chain as in cert-chain.pem, the machine's own certificate first."""

    certificates: tuple[x509.Certificate, ...]

    @property
    def end(self) -> datetime:
        """When the machine's own certificate ends, in UTC."""
        return self.certificates[0].not_valid_after_utc

    @property
    def length(self) -> timedelta:
        """From its start to its end."""
        return self.end - self.certificates[0].not_valid_before_utc

    @property
    def identity(self) -> str:
        """Its SPIFFE URI, "" if it has none."""
        try:
            names = self.certificates[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ""
        return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")

    @property
    def issuer(self) -> str:
        """Who signed the machine's own certificate, as RFC 4514 writes a name."""
        return self.certificates[0].issuer.rfc4514_string() or "a CA without a name"

    def signed_by(self, roots: tuple[x509.Certificate, ...]) -> bool:
        """Tell whether one of the roots signed the machine's own certificate, by way of others of the chain."""
        return self.root_among(roots) is not None

    def root_among(self, roots: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
        """The root that the machine's own certificate leads to; None if it leads to none of them.

        An agent ends its chain with all roots of its CA, in any order (CreateCertificate in security/pkg/server/ca of
        Istio 1.31), so the next certificate need not be the signer of the one before.
        """
        reached, left = [self.certificates[0]], list(self.certificates[1:])
        while reached:
            last = reached.pop()
            if root := next((root for root in roots if last == root or issued(last, root)), None):
                return root
            signers = [one for one in left if issued(last, one)]
            left = [one for one in left if one not in signers]
            reached += signers
        return None


def read_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM text, () if it holds none or is damaged."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


def same_roots(one: bytes, other: bytes) -> bool:
    """Tell whether two bundles hold the same certificates, whatever their order and the text around them.

    Two texts without any are the same only if they are the same text.
    """
    roots, others = set(read_certificates(one)), set(read_certificates(other))
    return roots == others if roots and others else one == other


def in_one_form(bundle: str) -> str:
    """The bundle's certificates alone, each once, in an order of their own; the text itself if it holds none."""
    roots = sorted(set(read_certificates(bundle.encode())), key=lambda root: root.fingerprint(hashes.SHA256()))
    return "".join(root.public_bytes(Encoding.PEM).decode() for root in roots) or bundle


def names_of(roots: Iterable[x509.Certificate]) -> str:
    """Roots in words."""
    return enumerate_words(sorted(map(name_of, roots)), "and")


def name_of(root: x509.Certificate) -> str:
    """A root in words: subject and the first digits of the SHA-256 fingerprint, since subjects are often alike."""
    return f"{root.subject.rfc4514_string() or 'a root without a name'} ({root.fingerprint(hashes.SHA256()).hex()[:8]})"


def read_chain(pem: bytes) -> CertificateChain | None:
    """Return the chain of a PEM text, None if there is none."""
    certificates = read_certificates(pem)
    return CertificateChain(certificates) if certificates else None


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether another certificate's key signed this one."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
