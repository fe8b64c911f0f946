"""What signs in a mesh of Istio 1.1 to 1.4 now, by which machines' certificates are judged: never by their own root.

Citadel says it in two places. ConfigMap `istio-security` has its certificate from the moment it starts
(security/pkg/pki/ca/ca.go, updateCertInConfigmap: its root where it made that itself, else `cert-chain.pem` of Secret
`cacerts`, or the root with 1.1). The Secret of a service account has the root, and is replaced some 60 s after Citadel
started with another one (measured on 1.4.10), so by itself it may be out of date.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509

from meshx.cluster.certificate import CertificateChain, issued, read_certificates, read_chain
from meshx.cluster.citadel_secret import CHAIN, ROOT, SECRET_TYPE
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.secret_entries import decoded_entries
from meshx.join.facts import ClassicFacts
from meshx.machine.join_inputs import JoinInputs

SYSTEM_NAMESPACE = ClassicFacts.system_namespace
SECURITY = "istio-security"
ENTRY = "caTLSRootCert"


@dataclass(frozen=True)
class CitadelsRoot:
    """What the cluster says of its authority, as far as it does.

    roots: of the account's Secret, where that is of the authority of now. signer: the certificate that Citadel names as
    its own, None where it names none.
    """

    roots: tuple[x509.Certificate, ...] = ()
    signer: x509.Certificate | None = None

    def signed(self, chain: CertificateChain) -> bool:
        """Whether a machine's chain is of this authority; true where nothing is known of it."""
        if self.roots:
            return chain.signed_by(self.roots)
        return self.signer is None or is_of(self.signer, chain, ())

    def trusted_by(self, roots: tuple[x509.Certificate, ...]) -> bool:
        """Whether these, a machine's, are its roots; true where they are not known."""
        return not self.roots or roots == self.roots


UNKNOWN_ROOT = CitadelsRoot()


def citadels_root(cluster: Cluster, inputs: JoinInputs) -> CitadelsRoot:
    """Return what the cluster says, nothing for a machine that has no identity of Citadel's; ClusterError."""
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
    """Return the certificate that Citadel names as its own, None where it names none; ClusterError."""
    text = (config_map(cluster, SYSTEM_NAMESPACE, SECURITY) or {}).get(ENTRY, "")
    try:
        certificates = read_certificates(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None
    return certificates[0] if certificates else None


def is_of(signer: x509.Certificate, chain: CertificateChain, roots: tuple[x509.Certificate, ...]) -> bool:
    """Whether a chain with its roots comes from the authority that this certificate is of."""
    return signer in chain.certificates or signer in roots or issued(chain.certificates[0], signer)
