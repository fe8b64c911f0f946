"""Where Istio's package has its files on a machine.

Source: istio/tools/packaging/common, and for the paths of certificates istio/pkg/security/security.go. The scripts of
meshx/scripts have them too; tests/unit/scripts/test_shared_facts.py holds them to these.
"""

from meshx.istio.root_certificate import CHAIN_KEY, ROOT_CERTIFICATE_KEY

CERTIFICATES = "/etc/certs"
ROOT_CERTIFICATE = f"{CERTIFICATES}/{ROOT_CERTIFICATE_KEY}"
CERTIFICATE_CHAIN = f"{CERTIFICATES}/{CHAIN_KEY}"
ENVOY = "/var/lib/istio/envoy"
CLUSTER_ENV = f"{ENVOY}/cluster.env"
MESH_CONFIG = "/etc/istio/config/mesh"
TOKEN = "/var/run/secrets/tokens/istio-token"  # noqa: S105 (a path)
