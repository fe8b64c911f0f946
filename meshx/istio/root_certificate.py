"""Where istiod writes its root certificate: a ConfigMap in every namespace.

Source: istio/pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go, CACertNamespaceConfigMap.
"""

ROOT_CERTIFICATE_CONFIG_MAP = "istio-ca-root-cert"
ROOT_CERTIFICATE_KEY = "root-cert.pem"
"""Its entry there, as in the Secrets that Citadel makes and reads, and the name of its file on a machine."""
CHAIN_KEY, PRIVATE_KEY = "cert-chain.pem", "key.pem"
"""What stands beside it in a Secret of Citadel's, and on a machine."""
PLUGGED_SECRET = "cacerts"  # noqa: S105 (its name)
"""The Secret that a control plane of either line is given to sign with (security/pkg/pki/ca/ca.go, of Istio 1.4 and
1.31)."""
OWN_SECRET = "istio-ca-secret"  # noqa: S105 (its name)
"""The one where it keeps the key and certificate that it makes itself (CASecret there)."""
