"""The Secret cacerts: made where it is missing, taken where it is good, and its key in no state."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from meshx.cluster.authority import UnusableAuthorityError, new_authority, read_authority
from meshx.plugin_base.custom_resource import Operation, ResourceError, Severity
from meshx.provider.mesh_authority_resource import MeshAuthority
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.objects_stand_in import ObjectsApi

PATH = "/api/v1/namespaces/istio-system/secrets/cacerts"
INPUTS = {
    "namespace": "istio-system",
    "labels": {"meshx/owner": "meshx.dev"},
    "trustDomain": "cluster.local",
    "state": "in place",
}
NOW = datetime.now(timezone.utc)
MADE = new_authority("cluster.local", NOW)
OTHER = new_authority("cluster.local", NOW)


def data(entries) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in entries.items()}


def test_a_new_authority_is_one_that_citadel_can_sign_by():
    assert read_authority(data(MADE.entries), NOW).root == MADE.root
    certificate = x509.load_pem_x509_certificate(MADE.entries["ca-cert.pem"])
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc > timedelta(days=3649)
    # The form that Citadel reads: PKCS #1.
    assert MADE.entries["ca-key.pem"].startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    assert load_pem_private_key(MADE.entries["ca-key.pem"], None).key_size == 2048


@pytest.mark.parametrize(
    ("entry", "content", "words"),
    [
        ("ca-key.pem", OTHER.entries["ca-key.pem"], "ca-key.pem is not the key of ca-cert.pem"),
        ("root-cert.pem", OTHER.entries["root-cert.pem"], "ca-cert.pem is not signed by root-cert.pem"),
        ("ca-cert.pem", b"nothing", "ca-cert.pem holds no certificate"),
        ("ca-key.pem", b"nothing", "ca-key.pem holds no private key"),
        ("cert-chain.pem", b"", "cert-chain.pem is missing"),
    ],
)
def test_what_citadel_could_not_sign_by_is_told(entry, content, words):
    with pytest.raises(UnusableAuthorityError, match=words):
        read_authority(data({**MADE.entries, entry: content}), NOW)


def test_an_authority_that_ended_is_told():
    with pytest.raises(UnusableAuthorityError, match=r"ca-cert\.pem ended"):
        read_authority(data(MADE.entries), NOW + timedelta(days=3651))


@pytest.fixture
def cluster() -> Iterator[ObjectsApi]:
    api = ObjectsApi()
    server = ApiServer(api)
    yield api
    server.close()


class Scene:
    """The resource and what it said."""

    def __init__(self, api: ObjectsApi, folder: Path) -> None:
        self.resource = MeshAuthority({"kubeconfigFile": str(api.kubeconfig(folder)), "context": "tests"})
        self.said: list[tuple[Severity, str]] = []
        self.operation = Operation(
            "urn", "meshx:index:MeshAuthority", "authority", log=lambda level, text: self.said.append((level, text))
        )

    def create(self) -> dict[str, Any]:
        return self.resource.create(INPUTS, self.operation)[1]


@pytest.fixture
def scene(cluster: ObjectsApi, tmp_path: Path) -> Scene:
    return Scene(cluster, tmp_path)


def test_a_missing_authority_is_made_and_its_key_is_in_the_cluster_only(cluster, scene):
    state = scene.create()
    assert state["made"] is True
    made = cluster.objects[PATH]
    assert sorted(made["data"]) == ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"]
    assert made["metadata"]["labels"] == {"meshx/owner": "meshx.dev"}
    assert base64.b64decode(made["data"]["root-cert.pem"]).decode() == state["root"]
    key_lines = base64.b64decode(made["data"]["ca-key.pem"]).decode().splitlines()
    kept = json.dumps(state) + "".join(text for _, text in scene.said)
    assert not any(line in kept for line in key_lines)


def test_the_authority_of_others_is_taken_as_it_is_and_outlives_the_stack(cluster, scene):
    cluster.objects[PATH] = {"metadata": {"name": "cacerts"}, "data": data(MADE.entries)}
    state = scene.create()
    assert (state["made"], state["root"]) == (False, MADE.root)
    scene.resource.delete("istio-system/cacerts", state, INPUTS, scene.operation)
    assert PATH in cluster.objects


def test_one_that_was_made_goes_with_the_stack(cluster, scene):
    scene.resource.delete("istio-system/cacerts", scene.create(), INPUTS, scene.operation)
    assert PATH not in cluster.objects


def test_one_that_was_made_gets_its_new_mark_in_place_and_still_goes_with_the_stack(cluster, scene):
    marked = {**INPUTS, "labels": {"meshx/owner": "meshx.dev.0123456789"}}
    first = scene.create()
    data_before = cluster.objects[PATH]["data"]
    state = scene.resource.update("istio-system/cacerts", first, INPUTS, marked, scene.operation)
    assert state["made"] is True
    assert (cluster.objects[PATH]["metadata"]["labels"], cluster.objects[PATH]["data"]) == (
        marked["labels"],
        data_before,
    )
    scene.resource.delete("istio-system/cacerts", state, marked, scene.operation)
    assert PATH not in cluster.objects


def test_one_with_the_old_mark_that_the_state_does_not_know_is_anothers(cluster, scene):
    scene.create()  # by a stack with the same old mark
    marked = {**INPUTS, "labels": {"meshx/owner": "meshx.dev.0123456789"}}
    state = scene.resource.create(marked, scene.operation)[1]
    assert state["made"] is False
    scene.resource.delete("istio-system/cacerts", state, marked, scene.operation)
    assert cluster.objects[PATH]["metadata"]["labels"] == INPUTS["labels"]


def test_a_run_after_a_kill_finds_what_the_killed_one_made(cluster, scene):
    first = scene.create()
    assert scene.create() == first


def test_an_unusable_secret_of_others_is_refused_and_left_alone(cluster, scene):
    cluster.objects[PATH] = {"metadata": {}, "data": {**data(MADE.entries), "ca-key.pem": ""}}
    with pytest.raises(ResourceError, match=r"istio-system/cacerts: ca-key\.pem is missing\. Replace it"):
        scene.create()
    assert cluster.asked("DELETE") == cluster.asked("POST") == []


def test_one_that_went_missing_is_told_and_another_root_is_said_aloud(cluster, scene):
    state = scene.create()
    del cluster.objects[PATH]
    seen = scene.resource.read("istio-system/cacerts", INPUTS, state, scene.operation)
    assert seen.inputs["state"] == "missing"
    anew = scene.resource.update("istio-system/cacerts", state, INPUTS, INPUTS, scene.operation)
    assert anew["root"] != state["root"]
    assert any(level is Severity.WARNING and "root of trust is another" in text for level, text in scene.said)


def test_a_cluster_that_can_not_be_asked_keeps_its_last_state(cluster, scene):
    cluster.forbidden = "secrets"
    assert scene.resource.read("istio-system/cacerts", INPUTS, INPUTS, scene.operation).inputs == INPUTS


def test_a_preview_asks_nothing(cluster, scene):
    scene.resource.create(INPUTS, Operation("urn", "meshx:index:MeshAuthority", "authority", preview=True))
    assert cluster.requests == []


OWN_PATH = "/api/v1/namespaces/istio-system/secrets/istio-ca-secret"
CITADEL = "/apis/apps/v1/namespaces/istio-system/deployments/istio-citadel"
OWN = {"ca-cert.pem": OTHER.entries["ca-cert.pem"], "ca-key.pem": OTHER.entries["ca-key.pem"], "root-cert.pem": b""}
"""As Citadel keeps what it made itself: the certificate that signs itself, its key, and entries without content."""


def citadel(argument: str) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"args": [argument, "--signing-cert=/etc/cacerts/x"]}]}}}}


def warned(scene: Scene) -> str:
    return " ".join(text for level, text in scene.said if level is Severity.WARNING)


def test_the_root_that_citadel_made_itself_goes_on_as_the_secret_and_nobody_gets_another(cluster, scene):
    cluster.objects |= {
        OWN_PATH: {"metadata": {}, "data": data(OWN)},
        CITADEL: citadel("--self-signed-ca=true"),
    }
    state = scene.create()
    assert (state["made"], state["root"]) == (True, OTHER.root)
    found = read_authority(cluster.objects[PATH]["data"], NOW)
    assert {found.entries[name] for name in ("ca-cert.pem", "root-cert.pem", "cert-chain.pem")} == {
        OTHER.entries["ca-cert.pem"]
    }
    assert found.entries["ca-key.pem"] == OTHER.entries["ca-key.pem"]
    assert OWN_PATH in cluster.objects
    assert warned(scene) == ""
    # Once it signs by the Secret, nothing is said of what it had before.
    assert scene.create() == state
    assert warned(scene) == ""


def test_a_root_of_citadels_that_can_not_go_on_is_told_and_a_new_one_is_made(cluster, scene):
    cluster.objects[OWN_PATH] = {"metadata": {}, "data": data({**OWN, "ca-key.pem": MADE.entries["ca-key.pem"]})}
    assert scene.create()["root"] != OTHER.root
    assert "ca-key.pem is not the key of ca-cert.pem" in warned(scene)
    assert "restart every pod with a proxy" in warned(scene)


@pytest.mark.parametrize(("argument", "tells"), [("--self-signed-ca=true", True), ("--self-signed-ca=false", False)])
def test_a_secret_that_was_laid_there_under_a_running_citadel_is_told_as_another_root(cluster, scene, argument, tells):
    cluster.objects |= {
        PATH: {"metadata": {}, "data": data(MADE.entries)},
        OWN_PATH: {"metadata": {}, "data": data(OWN)},
        CITADEL: citadel(argument),
    }
    assert scene.create()["root"] == MADE.root
    assert ("in place of the one that Citadel made itself" in warned(scene)) is tells
