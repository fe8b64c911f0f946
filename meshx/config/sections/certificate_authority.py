"""meshx:mesh.certificateAuthority: a CA other than istiod that signs the machines' certificates."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Section
from meshx.config.values.addresses import LARGEST_PORT, unusable_kind
from meshx.istio.certificate_authority import SYSTEM_ROOTS
from meshx.rollout.effect import FILE, RENEWED, RESTART

_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_EXAMPLE = "such as cert-manager-istio-csr.cert-manager.svc:443"
_TEXT = re.compile(r"[!-~]+")
_OF_GOOGLE = "googleapis.com"


def host_and_port(text: str) -> str:
    """A host name with a port, as a certificate names the host."""
    host, _, port = text.rpartition(":")
    if "://" in text or "/" in text:
        refuse(f"{quote(text)} is a URL, and the agent takes a host and a port", f"host:port, {_EXAMPLE}")
    if not port.isdecimal() or not 1 <= int(port) <= LARGEST_PORT or not _HOST.fullmatch(host):
        refuse(f"{quote(text)} is no host name with a port", f"host:port, {_EXAMPLE}")
    if host.rpartition(".")[2].isdecimal():
        refuse(
            f"{quote(text)} has an address, and the CA's certificate is checked for a name",
            f"the name in the CA's certificate, and the address as reachedAt: {host}",
        )
    # pilot/cmd/pilot-agent/options/security.go has the agent ask provider GoogleCA there, which it does not have
    # (pkg/istio-agent/plugins.go).
    if _OF_GOOGLE in host:
        refuse(
            f"{quote(text)} is a CA of Google's own protocol, which Istio's agent outside Google's mesh does not speak",
            "a CA that speaks istio.v1.auth.IstioCertificateService",
        )
    return text


def reached_address(text: str) -> str:
    """An IP address by which machines reach the CA, in its shortest form."""
    remedy = "the CA's IP address, such as 203.0.113.20"
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        refuse(f"{quote(text)} is not an IP address: it is for /etc/hosts, which takes no names", remedy)
    if kind := unusable_kind(address):
        refuse(f"{quote(text)} is {kind}: no machine reaches the CA by it", remedy)
    return str(address)


def token_audience(text: str) -> str:
    """The audience of a token: printable, no blanks."""
    if not _TEXT.fullmatch(text) or '"' in text or "," in text:
        refuse(f"{quote(text)} is no audience of a token", "the one that the CA asks for, such as istio-ca")
    return text


def root_certificates(text: str) -> str:
    """PEM text with certificates alone, or `system`."""
    if text == SYSTEM_ROOTS:
        return text
    remedy = f"the CA's root certificate as PEM text, or {SYSTEM_ROOTS} for one that the machines' system trusts"
    if "PRIVATE KEY" in text:
        refuse("it has a private key", f"{remedy}; and a new key for the CA, since this one stood in a file")
    from cryptography import x509  # noqa: PLC0415 - slow to load, and rarely needed

    try:
        x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        refuse(f"{quote(text)} is no certificate in PEM form", remedy)
    return text.strip() + "\n"


class CertificateAuthorityConfiguration(Section):
    """A CA other than istiod that signs machines' certificates, such as cert-manager's istio-csr."""

    address: Annotated[
        Annotated[str, AfterValidator(host_and_port), Words("a host with a port (text)")] | None, RESTART
    ] = Field(
        default=None,
        description="Its host name, as its own certificate has it, and its port. Left out: what the mesh tells its "
        "pods (`global.caAddress`, or CA_ADDR of defaultConfig.proxyMetadata).",
        examples=["cert-manager-istio-csr.cert-manager.svc:443"],
    )
    through_gateway: Annotated[bool, RESTART] = Field(
        default=False,
        description="Have the gateway pass machines on to it, by its name, at port 15012. For a CA that is a Service "
        "of the cluster.",
    )
    reached_at: Annotated[
        Annotated[str, AfterValidator(reached_address), Words("an IP address (text)")] | None, FILE
    ] = Field(
        default=None,
        description="The IP address by which machines reach it, written into their /etc/hosts. Left out: what their "
        "name servers say.",
        examples=["203.0.113.20"],
    )
    audience: Annotated[Annotated[str, AfterValidator(token_audience)] | None, RENEWED] = Field(
        default=None,
        description="The audience of the token that it asks for. Left out: that of the pods' tokens "
        "(`global.sds.token.aud`), by default istio-ca.",
        examples=["istio-ca"],
    )
    root_certificate: Annotated[Annotated[str, AfterValidator(root_certificates)] | None, RESTART] = Field(
        default=None,
        description="By what its own certificate is checked: PEM text, or `system` for the roots that the machines' "
        "system trusts. Left out: the mesh's root.",
        examples=["system"],
    )

    @field_validator("reached_at")
    @classmethod
    def one_way(cls, address: str | None, others: ValidationInfo) -> str | None:
        """A CA behind the gateway has the gateway's address."""
        if address and others.data.get("through_gateway"):
            refuse("with throughGateway the CA's name has the gateway's address", "one of the two")
        return address
