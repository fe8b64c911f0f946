"""Where istiod writes its root certificate: a ConfigMap in every namespace.

Source: istio/pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go, CACertNamespaceConfigMap.
"""

ROOT_CERTIFICATE_CONFIG_MAP = "istio-ca-root-cert"
ROOT_CERTIFICATE_KEY = "root-cert.pem"
"""Its entry there, as in the Secrets that Citadel makes and reads, and the name of its file on a machine."""
CHAIN_KEY, PRIVATE_KEY = "cert-chain.pem", "key.pem"
"""What stands beside it in a Secret of Citadel's, and on a machine."""
