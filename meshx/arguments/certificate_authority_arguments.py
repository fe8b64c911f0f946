"""Arguments of a mesh: certificate_authority. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired


class CertificateAuthorityArgs(TypedDict):
    """A CA other than istiod that signs machines' certificates, such as cert-manager's istio-csr."""

    address: NotRequired[str]
    """Its host name, as its own certificate has it, and its port. Left out: what the mesh tells its pods
    (`global.caAddress`, or CA_ADDR of defaultConfig.proxyMetadata)."""
    through_gateway: NotRequired[bool]
    """Have the gateway pass machines on to it, by its name, at port 15012. For a CA that is a Service of the
    cluster."""
    reached_at: NotRequired[str]
    """The IP address by which machines reach it, written into their /etc/hosts. Left out: what their name servers
    say."""
    audience: NotRequired[str]
    """The audience of the token that it asks for. Left out: that of the pods' tokens (`global.sds.token.aud`), by
    default istio-ca."""
    root_certificate: NotRequired[str]
    """By what its own certificate is checked: PEM text, or `system` for the roots that the machines' system trusts.
    Left out: the mesh's root."""
