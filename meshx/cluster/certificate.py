"""The certificate of a machine's proxy: whose it is, when it ends, and who signed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature


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
        """Tell whether each certificate is signed by the next, and the last by one of the roots (or is one)."""
        for certificate, issuer in zip(self.certificates, self.certificates[1:], strict=False):
            if not issued(certificate, issuer):
                return False
        last = self.certificates[-1]
        return any(last == root or issued(last, root) for root in roots)


def read_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM text, () if it holds none or is damaged."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


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
