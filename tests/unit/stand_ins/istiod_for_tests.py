"""An installed istiod for tests: it issues by Secret `cacerts`, tells its roots, and takes others when it restarts."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.unit.stand_ins.certificates_for_tests import Authority
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

SYSTEM = "/api/v1/namespaces/istio-system"
CACERTS, OWN = f"{SYSTEM}/secrets/cacerts", f"{SYSTEM}/secrets/istio-ca-secret"
CONFIG_MAP = f"{SYSTEM}/configmaps/istio-ca-root-cert"
DEPLOYMENT = "/apis/apps/v1/namespaces/istio-system/deployments/istiod"


def key_of(authority: Authority) -> str:
    """Its private key as PEM."""
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return authority.key.private_bytes(serialization.Encoding.PEM, form, none).decode()


def data_of(roots: Sequence[Authority], issuer: Authority, chain: Sequence[Authority] = ()) -> dict[str, str]:
    """The data of a Secret with these roots, and an issuer with those between it and its root."""
    entries = {
        "root-cert.pem": "".join(root.pem for root in roots),
        "ca-cert.pem": issuer.pem,
        "ca-key.pem": key_of(issuer),
        "cert-chain.pem": "".join(one.pem for one in (issuer, *chain)),
    }
    return {name: base64.b64encode(text.encode()).decode() for name, text in entries.items()}


@dataclass
class MeshApi(ObjectsApi):
    """The cluster of a mesh. stuck: whether a restart never ends."""

    stuck: bool = False
    restarts: list[str] = field(default_factory=list)
    """What istiod's pods were told to restart for."""
    versions: int = 0
    """How often the Secret was written."""

    def runs(self) -> None:
        """Let istiod run, by a root of its own or by `cacerts`."""
        status = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "observedGeneration": 1}
        self.objects[DEPLOYMENT] = {
            "metadata": {"name": "istiod", "generation": 1, "labels": {"app": "istiod"}},
            "spec": {"replicas": 1, "template": {"metadata": {}}},
            "status": status,
        }
        self._tell()

    def pod(self, name: str, started: datetime, environment: Mapping[str, str] | None = None) -> None:
        """A pod with a sidecar that started then."""
        began = {"running": {"startedAt": f"{started.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"}}
        variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
        self.objects[f"/api/v1/pods/{name}"] = {
            "metadata": {"name": name, "namespace": "bar"},
            "spec": {"containers": [{"name": "istio-proxy", "env": variables}]},
            "status": {"containerStatuses": [{"name": "istio-proxy", "state": began}]},
        }

    def told(self) -> str:
        """The roots that istiod tells to namespaces."""
        return str(self.objects[CONFIG_MAP]["data"]["root-cert.pem"])

    def told_since(self, moment: datetime) -> None:
        """Let istiod have told its roots then for the first time."""
        self.objects[CONFIG_MAP]["metadata"]["creationTimestamp"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        before = copy.deepcopy(self.objects.get(DEPLOYMENT))
        status, found = super().answer(method, path, body)
        if method in ("POST", "PATCH") and status < 300 and found["metadata"]["name"] == "cacerts":
            self.versions += 1
            self.objects[CACERTS]["metadata"]["resourceVersion"] = str(self.versions)
        if (method, path) == ("PATCH", DEPLOYMENT) and self.objects[DEPLOYMENT] != before:
            annotations = body["spec"]["template"]["metadata"]["annotations"]
            self.restarts += annotations.values()
            if self.stuck:
                self.objects[DEPLOYMENT]["metadata"]["generation"] += 1
            else:
                self._tell()
        return status, found

    def _tell(self) -> None:
        data = self.objects[CACERTS]["data"] if CACERTS in self.objects else self.objects[OWN]["data"]
        names = ("ca.crt",) if "tls.crt" in data else ("root-cert.pem", "ca-cert.pem")
        root = next(base64.b64decode(data[name]).decode() for name in names if data.get(name))
        self.objects[CONFIG_MAP] = {"metadata": {"name": "istio-ca-root-cert"}, "data": {"root-cert.pem": root}}
