"""meshx:trust: the roots that the mesh trusts, and the authority by which istiod issues."""

from typing import Annotated

from pydantic import Field

from meshx.config.section import Listed, Section
from meshx.config.values.signing_certificates import CertificatesText
from meshx.rollout.effect import NOTHING, ROOTS

_EXAMPLE = "-----BEGIN CERTIFICATE-----..."


class IssuerConfiguration(Section):
    """The authority by which istiod issues certificates; `meshx:trustKey` is its key."""

    certificate: Annotated[CertificatesText, NOTHING] = Field(
        description="Its certificate. It may be a root itself.",
        examples=[_EXAMPLE],
    )
    chain: Annotated[CertificatesText | None, NOTHING] = Field(
        default=None,
        description="The certificates between it and its root, in any order. Left out: a root signed it.",
        examples=[_EXAMPLE],
    )


class TrustConfiguration(Section):
    """The mesh's roots of trust and who issues by them, for a control plane that the stack installs."""

    roots: Annotated[Listed[CertificatesText], Field(min_length=1), ROOTS] = Field(
        description="The root certificates that the mesh trusts: one, or two while one replaces the other.",
        examples=[[_EXAMPLE]],
    )
    issuer: Annotated[IssuerConfiguration | None, NOTHING] = Field(
        default=None,
        description="The authority by which istiod issues. Left out: whoever issues now goes on, with the key that the "
        "cluster has. Required before anybody issues.",
    )
