"""Where istiod writes its root certificate: a ConfigMap in every namespace.

Source: istio/pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go, CACertNamespaceConfigMap.
"""

ROOT_CERTIFICATE_CONFIG_MAP = "istio-ca-root-cert"
ROOT_CERTIFICATE_KEY = "root-cert.pem"
