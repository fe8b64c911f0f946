"""The mesh of 1.4 that machines come from: its cluster, who stands in for its control plane, and its stack's Joins."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kubernetes import client

from meshx.join.facts import Port, WorkloadFacts
from meshx.plugin_base.custom_resource import Operation, Severity
from meshx.plugin_base.property_values import Properties
from meshx.provider.join_resource import JoinResource
from sandbox import machines
from tests.e2e.classic.machine.membership import ACCOUNT, FACTS, NAMESPACE, join_inputs
from tests.e2e.classic.package.building import build
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.tls_server import ADDRESS, TlsServer
from tests.e2e.leaving_classic.second_cluster import CONTEXT

SYSTEM = "istio-system"
GLOBAL_NAME, GLOBAL_ADDRESS, GLOBAL_PORT = "httpbin.bar.global", "127.255.0.3", 8000
GATEWAY_PORT = 15443
OLD_SERVICE = "httpbin-of-the-old-mesh"
"""The host name that the old mesh's service of that name answers with."""
WORKLOAD = WorkloadFacts("vmhttp", NAMESPACE, ACCOUNT, ports=(Port("http", 8080),))
WAY_BACK_SECONDS = 400
STACK = "urn:pulumi:old::meshx::meshx:index:Mesh$meshx:index:Join::"


@dataclass
class OldMesh:
    """The stack `meshx/old`: the Join of each of its machines, by the plugin's own resource."""

    kubeconfig: Path
    package: Path
    states: dict[str, Properties] = field(default_factory=dict[str, Properties])
    said: list[str] = field(default_factory=list[str])

    def join(self, name: str) -> None:
        """Join a machine."""
        self.states[name] = self._resource.create(self.inputs(name), self._operation(name))[1]

    def refreshed(self, name: str) -> Properties:
        """The inputs of a machine's Join after a refresh."""
        return self._resource.read(name, self.inputs(name), self.states[name], self._operation(name)).inputs

    def leave(self, name: str) -> None:
        """Delete a machine's Join, as where it stands in the file no more."""
        self._resource.delete(name, self.states.pop(name), self.inputs(name), self._operation(name))

    def inputs(self, name: str) -> Properties:
        """The inputs of a machine's Join."""
        inputs = join_inputs(name, self.package, FACTS, WORKLOAD)
        hosts = {**inputs["bundle"]["hosts"], GLOBAL_NAME: GLOBAL_ADDRESS}
        return {**inputs, "wayBackSeconds": WAY_BACK_SECONDS, "bundle": {**inputs["bundle"], "hosts": hosts}}

    @property
    def _resource(self) -> JoinResource:
        login = {"sshPrivateKeyFile": str(machines.SSH_KEY)}
        return JoinResource({"kubeconfigFile": str(self.kubeconfig), "context": CONTEXT, **login})

    def _operation(self, name: str) -> Operation:
        return Operation(f"{STACK}{name}", "meshx:index:Join", name, log=self._hear)

    def _hear(self, _: Severity, text: str) -> None:
        self.said.append(text)


def old_control_plane(api: client.ApiClient, authority: Authority) -> None:
    """Make in its cluster what says that a Citadel runs there, by which Secret it signs, and the machines' account."""
    core = client.CoreV1Api(api)
    for namespace in (SYSTEM, NAMESPACE):
        core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    core.create_namespaced_service_account(
        NAMESPACE, client.V1ServiceAccount(metadata=client.V1ObjectMeta(name=ACCOUNT))
    )
    files = dict.fromkeys(("root-cert.pem", "ca-cert.pem", "cert-chain.pem"), authority.root)
    files["ca-key.pem"] = authority.private_key
    data = {name: base64.b64encode(content).decode() for name, content in files.items()}
    core.create_namespaced_secret(SYSTEM, {"metadata": {"name": "cacerts"}, "data": data})
    labels = {"istio": "citadel"}
    container = {"name": "citadel", "image": "citadel", "args": ["--self-signed-ca=false"]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    client.AppsV1Api(api).create_namespaced_deployment(
        SYSTEM,
        {"metadata": {"name": "istio-citadel"}, "spec": {"selector": {"matchLabels": labels}, "template": template}},
    )


@contextmanager
def old_servers(api: client.ApiClient, authority: Authority, folder: Path) -> Iterator[None]:
    """Citadel, Pilot, and the gateway behind which the old mesh's httpbin answers, until the block ends."""
    citadel = Citadel(authority, folder, [NAMESPACE], lambda: api)
    root = folder / "root.pem"
    root.write_bytes(authority.root)
    pilot_identity = authority.identified(
        "spiffe://cluster.local/ns/istio-system/sa/istio-pilot-service-account", folder
    )
    of_httpbin = authority.identified("spiffe://cluster.local/ns/bar/sa/httpbin", folder)
    pilot = TlsServer(15011, *pilot_identity, root, _greet)
    gateway = TlsServer(GATEWAY_PORT, *of_httpbin, root, _serve)
    try:
        yield
    finally:
        gateway.close()
        pilot.close()
        citadel.close()


def _greet(_: str, talk: ssl.SSLSocket) -> None:
    talk.sendall(f"hello\nglobal {GLOBAL_ADDRESS} {GLOBAL_PORT} {GLOBAL_NAME} {ADDRESS} {GATEWAY_PORT}\n".encode())


def _serve(identity: str, talk: ssl.SSLSocket) -> None:
    """One answer, as the service's: Envoy connects anew for the next call."""
    request = b""
    while b"\r\n\r\n" not in request and (more := talk.recv(4096)):
        request += more
    if not request:
        return
    body = json.dumps({"host": OLD_SERVICE, "headers": {"x-forwarded-client-cert": f"URI={identity}"}}).encode()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    talk.sendall(head.encode() + body)


def classic_package(folder: Path) -> Path:
    """The old mesh's package."""
    return build("1.4.10", folder)
