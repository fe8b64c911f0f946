"""meshx:certificates: the certificates by which machines are known in the mesh, once they have joined."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Section
from meshx.rollout.effect import RESTART

# With less, istiod's own allowance for clocks that differ (two minutes) would be longer than the certificate.
SHORTEST_CERTIFICATE = 60
# What istiod grants unless told otherwise (MAX_WORKLOAD_CERT_TTL in pilot/pkg/bootstrap/istio_ca.go): 90 days.
LONGEST_CERTIFICATE = 90 * 24 * 3600


class CertificatesConfiguration(Section):
    """The certificates that identify machines in the mesh, once they have joined."""

    lifetime_seconds: Annotated[int | None, RESTART] = Field(
        default=None,
        ge=SHORTEST_CERTIFICATE,
        le=LONGEST_CERTIFICATE,
        description="How long a certificate is valid, in seconds; the machine's proxy requests a new one after half "
        "of that. A machine that is off for longer needs `pulumi up`. Left out: the mesh's own, Istio's default is a "
        "day.",
        examples=[604800],
    )
