"""A CA of somebody else's in the sandbox's cluster, which is as strict as cert-manager's istio-csr is by default.

Source: cert-manager/istio-csr 0.17, pkg/server/auth.go and server.go: it takes no client certificates, has the API
server review the token for its audience, knows one cluster's name, and signs a request that has the token's identity as
its only name, no subject and no other extension, for an hour at most.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from kubernetes import client

from sandbox.kubernetes import cluster
from sandbox.network.addresses import HOST_ADDRESS
from tests.e2e.certificate_service import SERVICE, messages
from tests.e2e.networks.shared_root import Root

NAMESPACE, NAME, PORT = "corp-ca", "issuer", 8443
HOST = f"{NAME}.{NAMESPACE}.svc"
AUDIENCE = "corp-ca"
CLUSTER_ID = "cluster1"
LONGEST = 3600
_ALLOWED = (ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE)


class RefusedError(Exception):
    """A request that is not signed; the text says why."""


@dataclass
class IssuingAuthority:
    """Signs below a root, with an intermediate certificate of its own; keeps what it signed and what it refused.

    port: where it listens on this computer.
    """

    root: Root
    port: int = 0
    signed: list[str] = field(default_factory=list[str])
    refused: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        """Have the root sign it."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.root.intermediate(NAMESPACE, self._key)

    @property
    def chain(self) -> bytes:
        """Its own certificate and the root, as PEM."""
        return _pem(self.certificate) + _pem(self.root.certificate)

    def serving(self) -> grpc.ServerCredentials:
        """The key and the certificate of its own name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(key.public_key(), x509.DNSName(HOST), LONGEST)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return grpc.ssl_server_credentials([(secret, _pem(certificate) + self.chain)])

    def create(self, request: Any, context: grpc.ServicerContext) -> list[str]:
        """The chain for a request, its certificate first and the root last."""
        headers = {str(key): str(value) for key, value in context.invocation_metadata()}
        try:
            identity = _identity(headers)
            key = _checked(request, identity)
        except RefusedError as refusal:
            self.refused.append(str(refusal))
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "request authenticate failure")
        seconds = min(int(request.validity_duration), LONGEST)
        certificate = self._sign(key, x509.UniformResourceIdentifier(identity), seconds)
        self.signed.append(identity)
        return [_pem(one).decode() for one in (certificate, self.certificate, self.root.certificate)]

    def _sign(self, key: Any, name: x509.GeneralName, seconds: int) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(seconds=30))
            .not_valid_after(now + datetime.timedelta(seconds=seconds))
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _identity(headers: dict[str, str]) -> str:
    """Whose token it is, as the API server says of it."""
    if headers.get("clusterid", "") not in ("", CLUSTER_ID):
        raise RefusedError(f"of cluster {headers['clusterid']!r}")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise RefusedError("no token")
    spec = client.V1TokenReviewSpec(token=token, audiences=[AUDIENCE])
    review: Any = client.AuthenticationV1Api(cluster.new_api()).create_token_review(client.V1TokenReview(spec=spec))
    status = review.status
    if status.error or not status.authenticated or "system:serviceaccounts" not in status.user.groups:
        raise RefusedError(f"the token: {status.error or 'not authenticated'}")
    namespace, account = status.user.username.split(":")[2:]
    return f"spiffe://cluster.local/ns/{namespace}/sa/{account}"


def _checked(request: Any, identity: str) -> Any:
    """The public key of a request for this identity and nothing else."""
    if request.metadata.fields["ImpersonatedIdentity"].string_value:
        raise RefusedError("on behalf of others")
    try:
        wanted = x509.load_pem_x509_csr(request.csr.encode())
    except ValueError as error:
        raise RefusedError(f"no request: {error}") from None
    if not wanted.is_signature_valid:
        raise RefusedError("the request's own signature")
    if wanted.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        raise RefusedError("a common name")
    if others := [one.oid for one in wanted.extensions if one.oid not in _ALLOWED]:
        raise RefusedError(f"extensions {others}")
    try:
        names = list(wanted.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    if names != [x509.UniformResourceIdentifier(identity)]:
        raise RefusedError(f"{names} for {identity}")
    return wanted.public_key()


@contextmanager
def running(root: Root) -> Iterator[IssuingAuthority]:
    """Serve it until the block ends, as a Service of the cluster: its endpoint is this computer."""
    authority = IssuingAuthority(root)
    request, answer = messages()

    def create(wanted: Any, context: grpc.ServicerContext) -> Any:
        return answer(cert_chain=authority.create(wanted, context))

    handler = grpc.unary_unary_rpc_method_handler(create, request.FromString, answer.SerializeToString)
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {"CreateCertificate": handler})])
    address = str(HOST_ADDRESS.ip)
    authority.port = server.add_secure_port(f"{address}:0", authority.serving())
    server.start()
    core = client.CoreV1Api(cluster.api())
    try:
        core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
        _make_known(core, address, authority.port)
        yield authority
    finally:
        core.delete_namespace(NAMESPACE)
        server.stop(None).wait()


def _make_known(core: client.CoreV1Api, address: str, port: int) -> None:
    metadata = client.V1ObjectMeta(name=NAME, namespace=NAMESPACE)
    ports = [client.V1ServicePort(name="tls-grpc", port=PORT, target_port=port)]
    core.create_namespaced_service(
        NAMESPACE, client.V1Service(metadata=metadata, spec=client.V1ServiceSpec(ports=ports))
    )
    slice_metadata = client.V1ObjectMeta(name=NAME, namespace=NAMESPACE, labels={"kubernetes.io/service-name": NAME})
    client.DiscoveryV1Api(cluster.api()).create_namespaced_endpoint_slice(
        NAMESPACE,
        client.V1EndpointSlice(
            metadata=slice_metadata,
            address_type="IPv4",
            endpoints=[client.V1Endpoint(addresses=[address], conditions=client.V1EndpointConditions(ready=True))],
            ports=[client.DiscoveryV1EndpointPort(name="tls-grpc", port=port)],
        ),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
