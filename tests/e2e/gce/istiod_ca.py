"""istiod's certificate authority, asked as a proxy asks it: IstioCertificateService at the gateway's port 15012."""

from __future__ import annotations

from dataclasses import dataclass

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.certificate_service import METHOD, messages

ISTIOD, PORT = "istiod.istio-system.svc", 15012
CLUSTER = "cluster1"
"""The cluster's name in the mesh: istiod takes tokens of clusters that it knows only."""
SECONDS = 10


@dataclass(frozen=True)
class Answered:
    """status: gRPC's, such as `OK`; identities: those in the certificate, if one came; text: istiod's words."""

    status: str
    identities: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Shown:
    """What a proxy shows of itself: a token, or a key with its certificate chain, both as PEM text; or nothing."""

    token: str = ""
    key: str = ""
    chain: str = ""


def ask(gateway: str, root: str, wanted: str, shown: Shown, on_behalf_of: str = "") -> Answered:
    """Ask for a certificate with the SPIFFE identity `wanted`.

    gateway: its address; root: the mesh's root certificate, as PEM text; on_behalf_of: an identity to be impersonated,
    as ztunnel asks for those of its node.
    """
    mutual = (shown.key.encode(), shown.chain.encode()) if shown.key else (None, None)
    credentials = grpc.ssl_channel_credentials(root.encode(), *mutual)
    request, answer = messages()
    said = request(csr=_request_for(wanted), validity_duration=3600)
    if on_behalf_of:
        said.metadata.fields["ImpersonatedIdentity"].string_value = on_behalf_of
    bearer = (("authorization", f"Bearer {shown.token}"),) if shown.token else ()
    headers = (("clusterid", CLUSTER), *bearer)
    options = [("grpc.ssl_target_name_override", ISTIOD)]
    with grpc.secure_channel(f"{gateway}:{PORT}", credentials, options) as channel:
        call = channel.unary_unary(METHOD, request.SerializeToString, answer.FromString)
        try:
            chain = call(said, metadata=headers, timeout=SECONDS).cert_chain
        except grpc.RpcError as error:
            return Answered(error.code().name, text=str(error.details()))
    certificate = x509.load_pem_x509_certificate(chain[0].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Answered("OK", tuple(names.get_values_for_type(x509.UniformResourceIdentifier)))


def _request_for(identity: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)])
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(names, critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
