"""Citadel: makes a Secret for each service account, some moments after it, and signs node agents' requests.

What a Citadel in the cluster does with its authority is in followed_citadel.py.
"""

from __future__ import annotations

import base64
import contextlib
import math
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.e2e.classic.stand_ins.authority import NINETY_DAYS, Authority
from tests.e2e.classic.stand_ins.tls_server import TlsServer

PORT = 8060
NAME = "istio-citadel"
SECRET_TYPE = "istio.io/key-and-cert"
EVERY_SECONDS = 0.5
REPLACED_SECONDS = 60.0
"""How long Citadel leaves Secrets of another root as they are once it has a new one (its resync)."""
TRUST_DOMAIN = "cluster.local"
REQUEST_END = b"-----END CERTIFICATE REQUEST-----"
LONGEST_REQUEST = 1 << 16


class Citadel:
    """Serves `namespaces` until `close`. Its Secrets stay: they go with their namespaces."""

    def __init__(
        self,
        authority: Authority,
        folder: Path,
        namespaces: Sequence[str],
        api: Callable[[], client.ApiClient] = cluster.api,
    ) -> None:
        """api: the cluster that it is in."""
        self._api = api
        self.authority = authority
        self.folder = folder
        self._namespaces = namespaces
        self.make_secret: Callable[[str], dict[str, bytes]] = authority.secret
        """What the next Secret for an identity holds."""
        self._over = threading.Event()
        self._serves_from = 0.0
        self._trust_domain = TRUST_DOMAIN
        self._root_since = -math.inf
        self._round = threading.Lock()
        self.signing: TlsServer | None = None
        self.start_signing()
        self._watching = threading.Thread(target=self._make_secrets, daemon=True)
        self._watching.start()

    def start_signing(self, name: str = NAME, lasting: timedelta = NINETY_DAYS) -> None:
        """Sign requests on port 8060, with a certificate of that name, or SPIFFE identity, that ends then."""
        self.stop_signing()
        make = self.authority.identified if name.startswith("spiffe://") else self.authority.serving
        chain, key = make(name, self.folder, lasting)
        root = self.folder / "citadel-root.pem"
        root.write_bytes(self.authority.root)
        self.signing = TlsServer(PORT, chain, key, root, self._sign)

    def change_root(self, trust_domain: str) -> None:
        """Go on with what `authority` has become, and for accounts of that trust domain."""
        self._trust_domain = trust_domain
        self._root_since = time.monotonic()
        self.start_signing()

    def look(self) -> None:
        """What is done before each round; a Citadel that follows one in the cluster looks at it."""

    def pause(self) -> None:
        """Make no Secret until `resume`."""
        with self._round:
            self._serves_from = math.inf

    def resume(self, after: float = 0.0) -> None:
        """Make Secrets again, after some seconds."""
        self._serves_from = time.monotonic() + after

    def stop_signing(self) -> None:
        """Leave port 8060, as a Citadel that is down does."""
        if self.signing is not None:
            self.signing.close()
            self.signing = None

    def close(self) -> None:
        """End all of it."""
        self.stop_signing()
        self._over.set()
        self._watching.join()

    def _sign(self, identity: str, talk: ssl.SSLSocket) -> None:
        request = b""
        while REQUEST_END not in request and len(request) < LONGEST_REQUEST and (part := talk.recv(4096)):
            request += part
        try:
            talk.sendall(self.authority.renewed(request, identity))
        except ValueError:
            talk.sendall(b"the request is not a CSR\n")

    def _make_secrets(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            # A namespace that comes or goes meanwhile, or an apiserver that does.
            with self._round, contextlib.suppress(ApiException, OSError):
                if time.monotonic() < self._serves_from:
                    continue
                self.look()
                for namespace in self._namespaces:
                    self._serve_namespace(namespace)

    def _serve_namespace(self, namespace: str) -> None:
        core = client.CoreV1Api(self._api())
        accounts = {_name(one) for one in core.list_namespaced_service_account(namespace).items}
        secrets = core.list_namespaced_secret(namespace, field_selector=f"type={SECRET_TYPE}").items
        if time.monotonic() > self._root_since + REPLACED_SECONDS:
            for one in secrets:
                if one.data and base64.b64decode(one.data["root-cert.pem"]) != self.authority.root:
                    core.delete_namespaced_secret(_name(one), namespace)
            secrets = core.list_namespaced_secret(namespace, field_selector=f"type={SECRET_TYPE}").items
        made = {_name(one).removeprefix("istio.") for one in secrets}
        for account in sorted(accounts - made):
            identity = f"spiffe://{self._trust_domain}/ns/{namespace}/sa/{account}"
            entries = {key: value.decode() for key, value in self.make_secret(identity).items()}
            metadata = client.V1ObjectMeta(name=f"istio.{account}")
            secret = client.V1Secret(metadata=metadata, type=SECRET_TYPE, string_data=entries)
            core.create_namespaced_secret(namespace, secret)
        for account in sorted(made - accounts):
            core.delete_namespaced_secret(f"istio.{account}", namespace)


def _name(found: client.V1ServiceAccount | client.V1Secret) -> str:
    return str(found.metadata.name) if found.metadata else ""
