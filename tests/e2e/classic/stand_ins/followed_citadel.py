"""A Citadel that signs by what the one in the cluster is told to: a root of its own, or Secret `cacerts`.

The cluster's is a Deployment whose pod only waits (charts/istio/templates/citadel.yaml); here is what it would do:
security/pkg/pki/ca/ca.go and security/cmd/istio_ca/main.go of 1.4.10, and what was measured on it.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from pathlib import Path

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from sandbox.kubernetes import cluster
from tests.e2e.classic.classic_stack import SYSTEM
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import TRUST_DOMAIN, Citadel

OWN_SECRET = "istio-ca-secret"
PLUGGED_SECRET = "cacerts"
NOT_FOUND = 404


class FollowedCitadel(Citadel):
    """Starts anew whenever the cluster's Deployment is told something else."""

    def __init__(self, authority: Authority, folder: Path, namespaces: Sequence[str]) -> None:
        self._told: tuple[str, ...] = ()
        self._is_new = True
        super().__init__(authority, folder, namespaces)

    def look(self) -> None:
        """Read what it is told, and sign by that from now on."""
        try:
            found = client.AppsV1Api(cluster.api()).read_namespaced_deployment("istio-citadel", SYSTEM)
        except ApiException as error:
            if error.status == NOT_FOUND:
                self._told = ()
                return
            raise
        told = tuple(found.spec.template.spec.containers[0].args or ())
        if told == self._told:
            return
        arguments = dict(one.removeprefix("--").partition("=")[::2] for one in told)
        root = self.authority.root
        trust_domain = TRUST_DOMAIN
        if arguments["self-signed-ca"] == "true":
            trust_domain = arguments.get("trust-domain", TRUST_DOMAIN)
            self._own_root()
        else:
            # Whatever trust domain it is told: that counts for a root of its own alone.
            secret = client.CoreV1Api(cluster.api()).read_namespaced_secret(PLUGGED_SECRET, SYSTEM)
            self.authority.become(secret.data, chained=True)
        self._say_root()
        if self._told and self.authority.root != root:
            print("Citadel has another root now")
        self._told = told
        self.change_root(trust_domain)

    def _own_root(self) -> None:
        core = client.CoreV1Api(cluster.api())
        try:
            self.authority.become(core.read_namespaced_secret(OWN_SECRET, SYSTEM).data, chained=False)
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise
            made = self.authority if self._is_new else Authority()
            entries = {"ca-cert.pem": made.root.decode(), "ca-key.pem": made.private_key.decode()}
            metadata = client.V1ObjectMeta(name=OWN_SECRET)
            secret = client.V1Secret(metadata=metadata, type="istio.io/ca-root", string_data=entries)
            core.create_namespaced_secret(SYSTEM, secret)
            self.authority.key, self.authority.certificate = made.key, made.certificate
            self.authority.chained = False
        self._is_new = False

    def _say_root(self) -> None:
        """In ConfigMap `istio-security`: what others find Citadel's certificate by."""
        core = client.CoreV1Api(cluster.api())
        data = {"caTLSRootCert": base64.b64encode(self.authority.root).decode()}
        with contextlib.suppress(ApiException):
            core.delete_namespaced_config_map("istio-security", SYSTEM)
        core.create_namespaced_config_map(SYSTEM, {"metadata": {"name": "istio-security"}, "data": data})
