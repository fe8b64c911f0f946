"""The authority that signs now in a mesh of Istio 1.1 to 1.4. It judges machines' certificates, not their own roots.

Citadel publishes it in two places. ConfigMap `istio-security` has its certificate as soon as Citadel starts
(security/pkg/pki/ca/ca.go, updateCertInConfigmap: its own root if it made that itself, else `cert-chain.pem` of Secret
`cacerts`, or the root with 1.1). A service account's Secret has the root, too, but Citadel replaces it only some 60 s
after it started with another root (measured on 1.4.10), so the Secret alone may be out of date.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509

from meshx.cluster.certificate import CertificateChain, read_chain
from meshx.cluster.citadel_secret import CHAIN, ROOT, SECRET_TYPE
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.secret_entries import decoded_entries
from meshx.config.values.certificates import issued, read_certificates
from meshx.join.facts import ClassicFacts
from meshx.machine.join_inputs import JoinInputs

SYSTEM_NAMESPACE = ClassicFacts.system_namespace
SECURITY = "istio-security"
ENTRY = "caTLSRootCert"


@dataclass(frozen=True)
class CitadelsRoot:
    """What the cluster says of its authority, as far as it says it.

    roots: from the account's Secret, if the present authority signed it. signer: the certificate that Citadel publishes
    as its own, None if it publishes none.
    """

    roots: tuple[x509.Certificate, ...] = ()
    signer: x509.Certificate | None = None

    def signed(self, chain: CertificateChain) -> bool:
        """Whether this authority signed a machine's chain; true if the authority is unknown."""
        if self.roots:
            return chain.signed_by(self.roots)
        return self.signer is None or is_of(self.signer, chain, ())

    def trusted_by(self, roots: tuple[x509.Certificate, ...]) -> bool:
        """Whether a machine's roots are this authority's; true if those are unknown."""
        return not self.roots or set(roots) == set(self.roots)


UNKNOWN_ROOT = CitadelsRoot()


def citadels_root(cluster: Cluster, inputs: JoinInputs) -> CitadelsRoot:
    """Return what the cluster says, nothing for a machine without an identity from Citadel; ClusterError."""
    identity = inputs.bundle.get("identity")
    if identity is None:
        return UNKNOWN_ROOT
    signer = citadels_signer(cluster)
    secret = found(cluster, f"/api/v1/namespaces/{inputs.namespace}/secrets/{identity['secret']}") or {}
    if secret.get("type") != SECRET_TYPE:
        return CitadelsRoot(signer=signer)
    entries, _ = decoded_entries(part(secret, "data"), (ROOT, CHAIN))
    roots, chain = read_certificates(entries.get(ROOT, b"")), read_chain(entries.get(CHAIN, b""))
    if chain is None or (signer is not None and not is_of(signer, chain, roots)):
        return CitadelsRoot(signer=signer)
    return CitadelsRoot(roots, signer)


def citadels_signer(cluster: Cluster) -> x509.Certificate | None:
    """Return the certificate that Citadel publishes as its own, None if it publishes none; ClusterError."""
    text = (config_map(cluster, SYSTEM_NAMESPACE, SECURITY) or {}).get(ENTRY, "")
    try:
        certificates = read_certificates(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None
    return certificates[0] if certificates else None


def is_of(signer: x509.Certificate, chain: CertificateChain, roots: tuple[x509.Certificate, ...]) -> bool:
    """Whether the authority with this certificate signed a chain with its roots."""
    return signer in chain.certificates or signer in roots or issued(chain.certificates[0], signer)
