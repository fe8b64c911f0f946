"""What a mesh is to trust, and who is to issue: from a stack's PEM texts to the entries of Secret `cacerts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from meshx.cluster.authority import CERTIFICATE, CHAIN, KEY, ROOT
from meshx.cluster.certificate import in_one_form
from meshx.cluster.cluster_objects import part
from meshx.cluster.trust.next_step import ISSUER
from meshx.cluster.trust.present_trust import (
    PREFERRED_ENTRIES,
    IssuingAuthority,
    PresentTrust,
    Roots,
    digest_in,
    digest_of,
    latest_first,
)
from meshx.config.values.certificates import fingerprint, key_problem, path_to_root, plain_key, read_certificates
from meshx.join.states import IN_PLACE
from meshx.plugin_base.custom_resource import ResourceError


def wanted_roots(texts: Sequence[object]) -> Roots:
    """The roots in PEM texts."""
    return frozenset(root for text in texts for root in read_certificates(str(text).encode()))


def each_once(roots: Roots) -> list[str]:
    """A PEM text for each, in one order."""
    return [pem(root) for root in sorted(roots, key=fingerprint)]


def root_text(texts: Sequence[object]) -> str:
    """All roots as istiod and machines get them."""
    return in_one_form("".join(map(str, texts)))


def wanted_issuer(
    issuer: Mapping[str, Any] | None, key: object, present: PresentTrust, roots: Roots
) -> IssuingAuthority:
    """The authority of `issuer: {certificate, chain}` with its key, where that is a text; without an issuer the present
    one. ResourceError if there is none, or if it leads to none of the roots.
    """
    if not issuer:
        if present.issuer is None:
            raise ResourceError(
                f"{ISSUER} is missing, and nobody issues yet whose key the cluster has. Remedy: the authority's "
                "certificate there, and its key: `pulumi config set --secret meshx:trustKey < ca-key.pem`"
            )
        return present.issuer.below(roots)
    signing = read_certificates(str(issuer["certificate"]).encode())
    chain = read_certificates(str(issuer.get("chain") or "").encode())
    path = path_to_root(signing[0], chain, latest_first(roots)) if signing else ()
    if not path:
        raise ResourceError(
            f"{ISSUER}.certificate leads to none of the roots. Remedy: all certificates between it and its root as "
            "chain, and that root under meshx:trust.roots"
        )
    return IssuingAuthority(path, plain_key(key.encode()) if isinstance(key, str) else b"")


def entries(roots: Roots, issuer: IssuingAuthority) -> dict[str, bytes]:
    """The entries of the Secret (security/pkg/pki/ca/ca.go of Istio 1.31, NewPluggedCertIstioCAOptions)."""
    return {
        CERTIFICATE: pem(issuer.path[0]).encode(),
        KEY: issuer.key,
        ROOT: "".join(each_once(roots)).encode(),
        CHAIN: "".join(map(pem, issuer.chain)).encode(),
    }


def holds(present: PresentTrust, roots: Roots, issuer: IssuingAuthority) -> bool:
    """Whether the Secret has these roots, and the authority with a key that is its own, and nothing that istiod would
    take in their place."""
    if present.secret is None or present.issuer is None or set(PREFERRED_ENTRIES) & part(present.secret, "data").keys():
        return False
    same = digest_in(present.secret) == digest_of(roots, issuer.chain)
    return same and not key_problem(present.issuer.key, issuer.path[0], "")


def found_words(present: PresentTrust, roots: Roots, issuer: Mapping[str, Any] | None) -> str:
    """Whether the Secret is as it is wanted; what is wrong with it otherwise."""
    if present.secret is None:
        return "missing"
    try:
        authority = wanted_issuer(issuer, None, present, roots)
    except ResourceError:
        authority = None
    if authority is None or not holds(present, roots, authority):
        return "written by others: it has other roots, another authority, or entries that istiod takes in their place"
    return IN_PLACE if present.is_settled else "istiod has not taken it yet"


def pem(certificate: x509.Certificate) -> str:
    """A certificate's text, and nothing around it."""
    return certificate.public_bytes(Encoding.PEM).decode()
