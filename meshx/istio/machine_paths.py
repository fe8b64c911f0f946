"""Where the sidecar has its files on a machine: Istio's package, and in meshx's own folder what root sources.

Source: istio/tools/packaging/common, and for the paths of certificates istio/pkg/security/security.go. The scripts of
meshx/scripts have them too; tests/unit/scripts/test_shared_facts.py holds them to these.
"""

from meshx.istio.root_certificate import CHAIN_KEY, ROOT_CERTIFICATE_KEY

CERTIFICATES = "/etc/certs"
ROOT_CERTIFICATE = f"{CERTIFICATES}/{ROOT_CERTIFICATE_KEY}"
CERTIFICATE_CHAIN = f"{CERTIFICATES}/{CHAIN_KEY}"
ENVOY = "/var/lib/istio/envoy"
FORMER_CLUSTER_ENV = f"{ENVOY}/cluster.env"
"""Where the start scripts look unless told otherwise. The package gives the folder to istio-proxy, and they source the
file as root (istio-start.sh, ISTIO_CLUSTER_CONFIG)."""
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
CONFIGURATION = "/etc/istio/config"
MESH_CONFIG = f"{CONFIGURATION}/mesh"
AUTHORITY_ROOT = f"{CONFIGURATION}/ca-root.pem"
"""By what the certificate of a CA other than istiod is checked, where that is not the mesh's root. Istio has no place
for it; CA_ROOT_CA names it."""
AGENT_FOLDER = "/usr/local/lib/meshx-agent"
"""Where istio-start.sh finds the agent in place of /usr/local/bin (ISTIO_BIN_BASE), for a gateway with a host name. It
runs it as root too, so the folder is root's all the way up."""
PROXY = "/etc/istio/proxy"
"""Where the agent writes Envoy's bootstrap and its sockets (istio: pkg/config/constants, ConfigPathDir)."""
TOKEN = "/var/run/secrets/tokens/istio-token"  # noqa: S105 (a path)
