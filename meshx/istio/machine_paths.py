"""Where Istio's package has its files on a machine.

Source: istio/tools/packaging/common, and for the paths of certificates istio/pkg/security/security.go. The scripts of
meshx/scripts have them too; tests/unit/scripts/test_shared_facts.py holds them to these.
"""

CERTIFICATES = "/etc/certs"
ROOT_CERTIFICATE = f"{CERTIFICATES}/root-cert.pem"
CERTIFICATE_CHAIN = f"{CERTIFICATES}/cert-chain.pem"
ENVOY = "/var/lib/istio/envoy"
CLUSTER_ENV = f"{ENVOY}/cluster.env"
MESH_CONFIG = "/etc/istio/config/mesh"
TOKEN = "/var/run/secrets/tokens/istio-token"  # noqa: S105 (a path)
