"""What a mesh trusts now, and who issues: by Secret `cacerts`, by what istiod made itself, and by what istiod tells.

Source: pilot/pkg/bootstrap/istio_ca.go of Istio 1.31. istiod issues by `cacerts` if that is there, else by
`istio-ca-secret`, which it makes. In `cacerts` it takes the entries of a Secret for TLS before those of its own form
(detectSigningCABundleAndCRL).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from meshx.cluster.authority import CERTIFICATE, CHAIN, ENTRIES, KEY, ROOT, TLS_ENTRIES, istiods_entries
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map, config_map_path
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.secret_entries import decoded_entries
from meshx.cluster.trust.standing import Standing, standing_of
from meshx.config.values.certificates import fingerprint, path_to_root, read_certificates, renews
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET, ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY

OF_TLS = "kubernetes.io/tls"
"""The type of such a Secret (kubernetes.io: Secrets, TLS Secrets)."""
PREFERRED_ENTRIES = (*TLS_ENTRIES, "istio-generated")
"""What istiod would take before the entries of its own form."""

Roots = frozenset[x509.Certificate]


@dataclass(frozen=True)
class IssuingAuthority:
    """An authority: from its own certificate to its root, both included, and its key as PEM, which is secret."""

    path: tuple[x509.Certificate, ...]
    key: bytes = field(repr=False)

    @property
    def root(self) -> x509.Certificate:
        """The root of what it issues."""
        return self.path[-1]

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """What stands between a certificate of a proxy and the root."""
        return self.path[:-1] or self.path

    def below(self, roots: Iterable[x509.Certificate]) -> IssuingAuthority:
        """The same below the latest of these roots that has the name and key of its own; as it is without one."""
        root = next((one for one in latest_first(roots) if renews(one, self.root)), self.root)
        return replace(self, path=self.chain if self.chain[-1] == root else (*self.chain, root))


@dataclass(frozen=True)
class PresentTrust:
    """roots: what istiod tells, or would tell. issuer: by what the cluster has, None if nobody knows. secret: the
    object `cacerts`, None without one.
    """

    roots: Roots
    issuer: IssuingAuthority | None
    standing: Standing
    secret: Mapping[str, Any] | None = field(repr=False, default=None)

    @property
    def is_settled(self) -> bool:
        """Whether istiod has for sure what the Secret has, and since when is known."""
        return self.secret is None or self.standing.digest == digest_in(self.secret)


def secret_path(namespace: str, name: str = PLUGGED_SECRET) -> str:
    """The path of the Secret in the API."""
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def present_trust(cluster: Cluster, namespace: str) -> PresentTrust:
    """What a control plane in a namespace has; no roots before there is any. ClusterError."""
    secret = found(cluster, secret_path(namespace))
    teller = found(cluster, config_map_path(namespace, ROOT_CERTIFICATE_CONFIG_MAP))
    told = _roots_in(part(teller or {}, "data"))
    if secret is not None:
        issuer, written = _read(part(secret, "data"))
        issuer = issuer.below(told) if issuer else None
        if told and not issues_one_of(issuer, told):
            # What it says of times is not of the roots that the mesh trusts.
            return PresentTrust(told, issuer, standing_of(teller or {}, told), secret)
        return PresentTrust(told or written, issuer, standing_of(secret, written, digest_in(secret)), secret)
    own = found(cluster, secret_path(namespace, OWN_SECRET))
    data = part(own or {}, "data")
    issuer, written = _read({**data, ROOT: data.get(CERTIFICATE, ""), CHAIN: data.get(CERTIFICATE, "")})
    if own is None or (told and told != written):
        # Somebody took `cacerts` away, and istiod still issues by it: by a root of its own it tells that alone.
        return PresentTrust(told, None, standing_of(teller or {}, told))
    return PresentTrust(told or written, issuer, standing_of(own, written))


def latest_first(roots: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """In one order: of roots with one name and key, the renewed one comes first."""
    return sorted(roots, key=lambda root: (root.not_valid_after_utc, fingerprint(root)), reverse=True)


def issues_one_of(issuer: IssuingAuthority | None, roots: Roots) -> bool:
    """Whether it is known who issues, and by one of the roots."""
    return issuer is not None and issuer.root in roots


def told_roots(cluster: Cluster, namespace: str) -> Roots:
    """The roots that istiod tells to every namespace; none if it does not run yet."""
    return _roots_in(config_map(cluster, namespace, ROOT_CERTIFICATE_CONFIG_MAP) or {})


def digest_of(roots: Iterable[x509.Certificate], chain: Iterable[x509.Certificate]) -> str:
    """What tells one content of the Secret from another, whatever the texts around the certificates."""
    digest = hashlib.sha256()
    for one in (*sorted(_der(root) for root in roots), b"issues by", *map(_der, chain)):
        digest.update(hashlib.sha256(one).digest())
    return digest.hexdigest()[:16]


def digest_in(secret: Mapping[str, Any]) -> str:
    """The digest of what a Secret holds."""
    issuer, roots = _read(part(secret, "data"))
    return digest_of(roots, issuer.chain if issuer else ())


def _roots_in(data: Mapping[str, str]) -> Roots:
    return frozenset(read_certificates(data.get(ROOT_CERTIFICATE_KEY, "").encode()))


def _read(data: Mapping[str, str]) -> tuple[IssuingAuthority | None, Roots]:
    entries, _ = decoded_entries(istiods_entries(data), ENTRIES)
    roots = latest_first(read_certificates(entries.get(ROOT, b"")))
    signing = read_certificates(entries.get(CERTIFICATE, b""))
    path = path_to_root(signing[0], read_certificates(entries.get(CHAIN, b"")), roots) if signing else ()
    return IssuingAuthority(path, entries.get(KEY, b"")) if path else None, frozenset(roots)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
