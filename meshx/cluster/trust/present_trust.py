"""What a mesh trusts now, and who issues: by Secret `cacerts`, by what istiod made itself, and by what istiod tells.

Source: pilot/pkg/bootstrap/istio_ca.go of Istio 1.31. istiod issues by `cacerts` if that is there, else by
`istio-ca-secret`, which it makes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from meshx.cluster.authority import CERTIFICATE, CHAIN, KEY, ROOT
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.secret_entries import decoded_entries
from meshx.cluster.trust.standing import Standing, standing_of
from meshx.config.values.certificates import fingerprint, path_to_root, read_certificates
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY

SECRET = "cacerts"  # noqa: S105 (its name)
OWN_SECRET = "istio-ca-secret"  # noqa: S105 (its name)

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


@dataclass(frozen=True)
class PresentTrust:
    """roots: what istiod tells, or would tell. issuer: None if nobody knows. secret: the object `cacerts`, None without
    one.
    """

    roots: Roots
    issuer: IssuingAuthority | None
    standing: Standing
    secret: Mapping[str, Any] | None = field(repr=False, default=None)


def secret_path(namespace: str, name: str = SECRET) -> str:
    """The path of the Secret in the API."""
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def present_trust(cluster: Cluster, namespace: str) -> PresentTrust:
    """What a control plane in a namespace has; no roots before there is any. ClusterError."""
    secret = found(cluster, secret_path(namespace))
    told = told_roots(cluster, namespace)
    if secret is not None:
        issuer, written = _read(part(secret, "data"))
        return PresentTrust(told or written, issuer, standing_of(secret, written), secret)
    own = found(cluster, secret_path(namespace, OWN_SECRET))
    if own is None:
        return PresentTrust(told, None, Standing())
    data = part(own, "data")
    issuer, written = _read({**data, ROOT: data.get(CERTIFICATE, ""), CHAIN: data.get(CERTIFICATE, "")})
    if told and issuer is not None and issuer.root not in told:
        return PresentTrust(told, None, Standing())  # left from before `cacerts`, which somebody took away
    return PresentTrust(told or written, issuer, standing_of(own, written))


def told_roots(cluster: Cluster, namespace: str) -> Roots:
    """The roots that istiod tells to every namespace; none if it does not run yet."""
    text = (config_map(cluster, namespace, ROOT_CERTIFICATE_CONFIG_MAP) or {}).get(ROOT_CERTIFICATE_KEY, "")
    return frozenset(read_certificates(text.encode()))


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


def _read(data: Mapping[str, str]) -> tuple[IssuingAuthority | None, Roots]:
    entries, _ = decoded_entries(data, (CERTIFICATE, KEY, ROOT, CHAIN))
    roots = sorted(read_certificates(entries.get(ROOT, b"")), key=fingerprint)
    signing = read_certificates(entries.get(CERTIFICATE, b""))
    path = path_to_root(signing[0], read_certificates(entries.get(CHAIN, b"")), roots) if signing else ()
    return IssuingAuthority(path, entries.get(KEY, b"")) if path else None, frozenset(roots)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
