"""A CA other than istiod that signs machines' certificates, by Istio's own protocol (istio.v1.auth.
IstioCertificateService), as cert-manager's istio-csr does.

How a machine's agent asks it: pilot/cmd/pilot-agent/options (CA_ADDR, CA_ROOT_CA), pkg/istio-agent/agent.go
(FindRootCAForCA) and plugins.go, security/pkg/nodeagent/caclient/providers/citadel/client.go of Istio 1.31. What
istio-csr checks: pkg/server/auth.go and server.go of cert-manager/istio-csr 0.17: a TokenReview for TOKEN_AUDIENCES,
and that the request has the token's own identity as its only name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.istio.namespaces import CLUSTER_DOMAIN

SYSTEM_ROOTS = "system"
SYSTEM_IN_AGENT = "SYSTEM"
"""What CA_ROOT_CA has for them (pkg/security/security.go, SystemRootCerts)."""
_SERVICE = re.compile(rf"([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.{re.escape(CLUSTER_DOMAIN)})?")


@dataclass(frozen=True)
class CertificateAuthority:
    """The CA, as a machine finds it.

    host, port: where it listens, by the name in its own certificate. audience: of the tokens that it takes. reached_at:
    the IP address for the machines' /etc/hosts, "" for what their name servers say. through_gateway: whether the
    gateway passes machines on to it. root: by what its own certificate is checked: "" for the mesh's root,
    SYSTEM_ROOTS, or PEM text.
    """

    host: str
    port: int
    audience: str = TOKEN_AUDIENCE
    reached_at: str = ""
    through_gateway: bool = False
    root: str = ""

    @property
    def service_host(self) -> str:
        """The full name of its Service in the cluster; "" if its host is none."""
        return self.host.removesuffix(f".{CLUSTER_DOMAIN}") + f".{CLUSTER_DOMAIN}" if is_service(self.host) else ""


def is_service(host: str) -> bool:
    """Whether a host is the name of a Service, which only the cluster's DNS knows."""
    return _SERVICE.fullmatch(host) is not None
