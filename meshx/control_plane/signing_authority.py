"""Who signs the machines' certificates: istiod, or the CA that the mesh's settings and the configuration name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshx.config.errors.words import enumerate_some
from meshx.config.resolved import Machine
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.certificate_authority import SYSTEM_IN_AGENT, SYSTEM_ROOTS, CertificateAuthority, is_service
from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.istio.join_settings import CA_ADDRESSES, PODS_AUDIENCE, ROOT_OF_CA, IstiodSettings, is_istiod

_KEY = "meshx:mesh.certificateAuthority"


def signing_authority(
    mesh: MeshConfiguration, settings: IstiodSettings, istiod: str
) -> tuple[CertificateAuthority | None, list[str]]:
    """The CA other than istiod, None for istiod; and all that keeps machines from it, each with the remedy.

    settings: of the mesh's istiod. istiod: its `host:port`, as machines are told it.
    """
    given = mesh.certificate_authority
    if given is None:
        return None, []
    address = given.address or _stated(settings, istiod)
    if not address:
        return None, [
            f"{_KEY} has no address, and the mesh names no CA of its own (global.caAddress): its istiod signs. Remedy: "
            f"the CA's host and port ({_KEY}.address), or leave the key out"
        ]
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return None, [
            f"the mesh's CA is at {address!r}, which is no host with a port. Remedy: correct global.caAddress there"
        ]
    authority = CertificateAuthority(
        host=host,
        port=int(port),
        audience=given.audience or settings.written(*PODS_AUDIENCE) or TOKEN_AUDIENCE,
        reached_at=given.reached_at or "",
        through_gateway=given.through_gateway,
        root=given.root_certificate or (SYSTEM_ROOTS if settings.written(*ROOT_OF_CA) else ""),
    )
    return authority, [*_unreachable(authority), *_unchecked(given.root_certificate, settings)]


def authority_words(authority: CertificateAuthority, machines: Sequence[Machine]) -> str:
    """Who will sign, and how machines get there, for a preview."""
    way = f"reached at {authority.reached_at}" if authority.reached_at else "found by their name servers"
    if authority.through_gateway:
        way = "reached through the gateway"
    words = (
        f"machines' certificates are signed by {authority.host}:{authority.port} and not by istiod: {way}, for tokens "
        f"of the audience {authority.audience}"
    )
    if bound := [machine.name for machine in machines if not machine.renews_its_token]:
        words += (
            f". {enumerate_some(bound)} can show a token until it ends, and from then on the certificate alone: the CA "
            "must take that for the next one (istio-csr: app.server.authenticators.enableClientCert)"
        )
    return words


def _stated(settings: IstiodSettings, istiod: str) -> str:
    """The CA that the mesh tells its pods, "" where that is istiod."""
    found = (settings.written(*place) for place in CA_ADDRESSES)
    return next((one for one in found if one and not is_istiod(one, istiod)), "")


def _unreachable(authority: CertificateAuthority) -> Iterator[str]:
    host = authority.host
    if authority.through_gateway and not is_service(host):
        yield (
            f"{_KEY}.throughGateway: {host} is no Service of the cluster, so the gateway does not lead to it. Remedy: "
            "leave the key out; and reachedAt, where the machines' name servers do not know the name"
        )
    elif is_service(host) and not authority.through_gateway and not authority.reached_at:
        yield (
            f"{_KEY}: no machine finds {host}, a name that only the cluster's DNS knows. Remedy: throughGateway: true, "
            "or reachedAt with the address of a load balancer of its own"
        )


def _unchecked(given: str | None, settings: IstiodSettings) -> Iterator[str]:
    stated = settings.written(*ROOT_OF_CA)
    if stated and stated != SYSTEM_IN_AGENT and not given:
        yield (
            f"the mesh's pods check their CA by {stated} (CA_ROOT_CA of defaultConfig.proxyMetadata), a file that no "
            f"machine has. Remedy: {_KEY}.rootCertificate"
        )
