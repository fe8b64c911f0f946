"""A project folder with everything that the example configuration names."""

from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meshx.stack.backend import URL_VARIABLE
from meshx.stack.object_writes import PATCH_FORCE
from tests.program.recorded_program import BACKEND


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the pinned Kubernetes plugin needs, and that names the backend."""
    monkeypatch.setenv(PATCH_FORCE, "true")
    monkeypatch.setenv(URL_VARIABLE, BACKEND)


@pytest.fixture(autouse=True, params=["file", "arguments"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the program gets a configuration: each test is run for both."""
    monkeypatch.setattr("tests.program.recorded_program.WAY", [request.param])
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder: charts, a sidecar package, a key pair that serves as host key and login key."""
    key = Ed25519PrivateKey.generate()
    (tmp_path / "id").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    )
    (tmp_path / "id.pub").write_bytes(
        key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    )
    (tmp_path / "istio-sidecar.deb").write_bytes(b"a package")
    for chart in ("base", "istiod", "gateway"):
        (tmp_path / "charts" / chart).mkdir(parents=True)
        (tmp_path / "charts" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    return tmp_path


@pytest.fixture
def values() -> dict[str, Any]:
    """A configuration with one workload of one machine; tests change what they are about."""
    return {
        "cluster": {"context": "somewhere"},
        "mesh": {"istioVersion": "1.31", "network": "network1", "chart": {"path": "charts"}},
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"privateKeyFile": "id"},
        "workloads": [
            {
                "name": "vmhttp",
                "namespace": "vm",
                "labels": {"version": "v1"},
                "ports": [{"name": "http", "port": 8080}],
                "machines": [{"name": "vm-1", "address": "10.77.0.11", "ssh": {"hostKeyFile": "id.pub"}}],
            }
        ],
    }


@pytest.fixture
def both(values: dict[str, Any]) -> dict[str, Any]:
    """A stack with a machine on the cluster's network and one on another."""
    workload = values["workloads"][0]
    workload["machines"].append(
        {**workload["machines"][0], "name": "vm-2", "address": "10.79.0.12", "network": "network2"}
    )
    return values


@pytest.fixture
def instance(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose only machine is an instance on the cluster's network."""
    del values["ssh"]
    workload = values["workloads"][0]
    workload["machines"] = [{"name": "vm-1", "address": "10.77.0.13", "gce": {}}]
    return {
        **values,
        "cluster": {"context": "somewhere", "podsCidr": "10.244.0.0/16"},
        "sidecar": {"url": "https://x.example/istio-sidecar.deb", "sha256": "ab" * 32},
        "gce": {"project": "my-project", "zone": "europe-west1-b", "labels": {"team": "shop"}},
        "networks": [{"name": "network1", "apiServer": "endpoint"}],
    }


@pytest.fixture
def classic(values: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A configuration for 1.4.10 with its charts in a folder; the program runs in the project's folder."""
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    monkeypatch.chdir(folder)
    values["cluster"]["servicesCidr"] = "172.21.0.0/16"
    values["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "chart": {"path": "helm"}}
    return values


@pytest.fixture
def elsewhere(classic: dict[str, Any]) -> dict[str, Any]:
    """The same with its machine on another network than the cluster."""
    classic["workloads"][0]["machines"][0]["network"] = "network2"
    return classic


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program warns of."""
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: told.append(text))
    return told
