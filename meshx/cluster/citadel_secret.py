"""The Secret in which Citadel keeps a service account's key and certificate, and whether a machine can use it.

Citadel (Istio 1.1 to 1.4) makes one for each service account, moments after the account: `istio.<service account>` of
type `istio.io/key-and-cert` (security/pkg/k8s/controller/workloadsecret.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from meshx.cluster.certificate import CertificateChain, read_chain
from meshx.cluster.secret_entries import decoded_entries
from meshx.config.values.certificates import read_certificates
from meshx.istio.root_certificate import CHAIN_KEY, PRIVATE_KEY, ROOT_CERTIFICATE_KEY

SECRET_TYPE = "istio.io/key-and-cert"  # noqa: S105 (a type's name)
ROOT, CHAIN, KEY = ROOT_CERTIFICATE_KEY, CHAIN_KEY, PRIVATE_KEY
ENTRIES = (ROOT, CHAIN, KEY)
LEAST_LEFT = timedelta(hours=1)
"""With less time left, a machine might not get to its node agent's first renewal."""


@dataclass(frozen=True)
class KeyMaterial:
    """The three files of an identity as PEM. The key is secret: it goes to the machine and meshx never prints it."""

    root: bytes
    chain: bytes
    key: bytes = field(repr=False)

    def entry(self, name: str) -> bytes:
        """The content of root-cert.pem, cert-chain.pem or key.pem."""
        return {ROOT: self.root, CHAIN: self.chain, KEY: self.key}[name]


class UnusableSecretError(ValueError):
    """The Secret exists, but no machine can join with it; the message names every reason, and nothing of the key."""


def key_material(data: Mapping[str, str]) -> KeyMaterial:
    """The three entries of a Secret's `data` (base64); UnusableSecretError names missing or damaged ones."""
    found, problems = decoded_entries(data, ENTRIES)
    if problems:
        raise UnusableSecretError("; ".join(problems))
    return KeyMaterial(root=found[ROOT], chain=found[CHAIN], key=found[KEY])


def check_material(material: KeyMaterial, spiffe_id: str, now: datetime) -> CertificateChain:
    """The certificate's chain, checked: signed by the root, with that identity, valid now, matching the key.

    now: by the clock that counts, with a time zone. Raises UnusableSecretError with every reason.
    """
    roots, chain = read_certificates(material.root), read_chain(material.chain)
    if not roots or chain is None:
        damaged = [name for name, read in ((ROOT, roots), (CHAIN, chain)) if not read]
        raise UnusableSecretError("; ".join(f"{name} holds no certificate" for name in damaged))
    problems: list[str] = []
    if not chain.signed_by(roots):
        problems.append(f"{CHAIN} is not signed by {ROOT}")
    if chain.identity != spiffe_id:
        problems.append(f"{CHAIN} is of {chain.identity or 'nobody'}, not of {spiffe_id}")
    problems += _out_of_time(chain, now)
    problems += _wrong_key(material.key, chain)
    problems += [
        f"{ROOT} ended {root.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        for root in roots
        if root.not_valid_after_utc <= now
    ]
    if problems:
        raise UnusableSecretError("; ".join(problems))
    return chain


def _out_of_time(chain: CertificateChain, now: datetime) -> list[str]:
    begin = chain.certificates[0].not_valid_before_utc
    if chain.end <= now:
        return [f"{CHAIN} ended {chain.end:%Y-%m-%dT%H:%M:%SZ}"]
    if begin > now:
        return [f"{CHAIN} begins {begin:%Y-%m-%dT%H:%M:%SZ}, which is still to come: compare the clocks"]
    # For short-lived certificates a tenth is enough.
    if chain.end - now < min(LEAST_LEFT, chain.length / 10):
        return [f"{CHAIN} ends {chain.end:%Y-%m-%dT%H:%M:%SZ}, too soon for a machine to have it renewed"]
    return []


def _wrong_key(pem: bytes, chain: CertificateChain) -> list[str]:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's message may quote the key.
        return [f"{KEY} holds no private key without a password"]
    try:
        certified = chain.certificates[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        return [f"{CHAIN} holds a damaged public key"]
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*public) != certified.public_bytes(*public):
        return [f"{KEY} is not the key of {CHAIN}"]
    return []
