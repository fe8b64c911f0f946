"""The certificate of a machine's proxy: whose it is, when it ends, and who signed it; and bundles of roots, as sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from meshx.config.errors.words import enumerate_words
from meshx.config.values.certificates import fingerprint, name_of, path_to_root, read_certificates


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
        path = path_to_root(self.certificates[0], self.certificates[1:], roots)
        return path[-1] if path else None


def same_roots(one: bytes, other: bytes) -> bool:
    """Tell whether two bundles hold the same certificates, whatever their order and the text around them.

    Two texts without any are the same only if they are the same text.
    """
    roots, others = set(read_certificates(one)), set(read_certificates(other))
    return roots == others if roots and others else one == other


def in_one_form(bundle: str) -> str:
    """The bundle's certificates alone, each once, in an order of their own; the text itself if it holds none."""
    roots = sorted(set(read_certificates(bundle.encode())), key=fingerprint)
    return "".join(root.public_bytes(Encoding.PEM).decode() for root in roots) or bundle


def names_of(roots: Iterable[x509.Certificate]) -> str:
    """Roots in words."""
    return enumerate_words(sorted(map(name_of, roots)), "and")


def read_chain(pem: bytes) -> CertificateChain | None:
    """Return the chain of a PEM text, None if there is none."""
    certificates = read_certificates(pem)
    return CertificateChain(certificates) if certificates else None
