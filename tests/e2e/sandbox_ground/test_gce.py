"""The stand-in cloud: instances that boot by themselves, say who they are, and are reached as firewalls allow."""

import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox import machines
from sandbox.gce import access_tokens, accounts, cloud, firewalls, instances, settings
from sandbox.gce.catalogue import PROJECT, ZONES
from sandbox.gce.settings import Settings
from sandbox.kubernetes import apiserver, cluster
from sandbox.network.addresses import NODE_ADDRESS
from tests.e2e.sandbox_ground.test_separation import connects

pytestmark = pytest.mark.usefixtures("sandbox")

NAME, ADDRESS = "gce-1", "10.77.0.41"
NEAR = "vm-1"
METADATA = "http://169.254.169.254/computeMetadata/v1/"
SCRIPT = """#!/bin/bash
echo "this is $(hostname)"
echo once >> /var/lib/boots
exit 3
"""
BOOT_SECONDS = 60


@pytest.fixture(scope="module")
def account(sandbox: None) -> Iterator[dict[str, Any]]:
    made = accounts.create(PROJECT, "ground-vm", {})
    yield made
    with cloud.changing():
        cloud.forget(made["name"])


@pytest.fixture(scope="module")
def instance(account: dict[str, Any]) -> Iterator[str]:
    """An instance that has booted; its name in the cloud."""
    wanted = {
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-cloud/debian-12"}},
        "networkInterfaces": [{"subnetwork": "default", "networkIp": ADDRESS}],
        "metadata": {"startup-script": SCRIPT},
        "serviceAccount": {"email": account["email"], "scopes": ["cloud-platform"]},
        "tags": ["ground"],
    }
    instances.create(PROJECT, ZONES[0], NAME, wanted)
    path = instances.instance_name(PROJECT, ZONES[0], NAME)
    booted(1)
    yield path
    instances.delete(path)


@pytest.fixture
def user_name() -> Iterator[Callable[[str], None]]:
    """Sets by what the cluster names an account; afterwards it goes by the scopes again."""
    yield lambda by: settings.write(Settings(user_name=by))  # type: ignore[arg-type]
    settings.write(Settings())


def soon(holds: Callable[[], bool]) -> None:
    """The apiserver believes an answer for ten seconds (its cache of tokens), and the webhook's for some more."""
    deadline = time.monotonic() + 25
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def booted(times: int) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    while instances.serial_port_output(NAME).count("Finished running startup scripts.") < times:
        assert time.monotonic() < deadline, instances.serial_port_output(NAME)
        time.sleep(0.2)


def asked(path: str, *options: str, machine: str = NAME) -> tuple[str, str]:
    """The status and the text of a metadata server's answer to a machine."""
    words = ["curl", "--silent", "--max-time", "5", "--write-out", "\n%{http_code}", *options, METADATA + path]
    text, _, status = machines.execute(machine, words).stdout.rpartition("\n")
    return status, text


def metadata(path: str) -> str:
    status, text = asked(path, "--header", "Metadata-Flavor: Google")
    assert status == "200", text
    return text


def token() -> str:
    said = json.loads(metadata("instance/service-accounts/default/token"))
    assert said["token_type"] == "Bearer" and said["expires_in"] > 0
    return said["access_token"]


def who_is(text: str) -> tuple[int, dict[str, Any]]:
    """What the apiserver makes of a bearer token: status, and the user it sees."""
    context = ssl.create_default_context(cafile=str(apiserver.PKI / "ca.crt"))
    # The port at which Google's clusters answer.
    connection = http.client.HTTPSConnection(str(NODE_ADDRESS), 443, context=context, timeout=10)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    connection.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", json.dumps(review), headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said.get("status", {}).get("userInfo", {}) if answer.status == 201 else {}


def test_an_instance_takes_its_address_and_runs_its_startup_script_at_each_boot(instance: str) -> None:
    console = instances.serial_port_output(NAME)
    assert f"startup-script: this is {NAME}" in console
    assert "startup-script exit status 3" in console
    assert ADDRESS in machines.execute(NAME, ["ip", "-4", "address", "show", "dev", "host0"]).stdout
    machines.reboot(NAME)
    booted(2)
    assert machines.execute(NAME, ["cat", "/var/lib/boots"]).stdout.split() == ["once", "once"]
    assert machines.execute(NAME, ["systemctl", "is-system-running"]).stdout.strip() == "running"


def test_metadata_is_told_to_the_instance_alone_and_with_the_header(instance: str) -> None:
    assert asked("instance/name")[0] == "403"
    forwarded = ("--header", "Metadata-Flavor: Google", "--header", "X-Forwarded-For: 10.0.0.1")
    assert asked("instance/name", *forwarded)[0] == "403"
    assert asked("instance/attributes/nothing", "--header", "Metadata-Flavor: Google")[0] == "404"
    assert asked("instance/name", "--header", "Metadata-Flavor: Google", machine=NEAR) == ("000", "")
    assert metadata("instance/name") == NAME
    assert metadata("instance/network-interfaces/0/ip") == ADDRESS
    assert metadata("instance/zone").endswith(f"/zones/{ZONES[0]}")
    assert metadata("instance/hostname") == f"{NAME}.{ZONES[0]}.c.{PROJECT}.internal"
    assert metadata("instance/attributes/") == "startup-script\n"
    assert metadata("instance/id") == cloud.get(instance)["instanceId"]
    assert metadata("project/project-id") == PROJECT


def test_metadata_changed_in_place_is_told_at_once(instance: str) -> None:
    before = cloud.get(instance)
    changed = instances.update(instance, {"metadata": {**before["metadata"], "color": "blue"}})
    assert metadata("instance/attributes/color") == "blue"
    assert changed["instanceId"] == before["instanceId"]
    assert changed["metadataFingerprint"] != before["metadataFingerprint"]
    instances.update(instance, {"metadata": before["metadata"]})


def test_the_cluster_names_an_account_by_its_number_or_with_that_scope_by_its_email(
    instance: str, account: dict[str, Any], user_name: Callable[[str], None]
) -> None:
    status, user = who_is(token())
    assert (status, user["username"]) == (201, account["uniqueId"])
    assert user["groups"] == ["system:authenticated"]
    assert set(user) == {"username", "groups"}
    scopes = cloud.get(instance)["serviceAccount"]["scopes"]
    wider = {"email": account["email"], "scopes": [*scopes, "userinfo-email"]}
    with cloud.changing():
        cloud.store(instance, {**cloud.get(instance), "serviceAccount": wider})
    assert who_is(token())[1]["username"] == account["email"]
    user_name("number")
    soon(lambda: who_is(token())[1]["username"] == account["uniqueId"])
    with cloud.changing():
        cloud.store(instance, {**cloud.get(instance), "serviceAccount": {**wider, "scopes": scopes}})


def test_an_access_token_ends(instance: str) -> None:
    settings.write(Settings(token_seconds=4))
    try:
        short = token()
        assert who_is(short)[0] == 201
        soon(lambda: who_is(short)[0] == 401)
        assert token() != short
    finally:
        settings.write(Settings())
    assert who_is("ya29.c.made-up")[0] == 401


def test_an_access_token_is_good_for_the_apiserver_only_and_the_clusters_own_tokens_go_on(instance: str) -> None:
    """istiod asks for the audience istio-ca: it must not take one for a workload's token."""
    from kubernetes import client  # noqa: PLC0415 -- takes a second to import

    review = client.AuthenticationV1Api(cluster.api()).create_token_review

    def authenticated(text: str) -> bool:
        said = review({"spec": {"token": text, "audiences": ["istio-ca"]}})
        return bool(said.status.authenticated)

    assert not authenticated(token())
    request = {"spec": {"audiences": ["istio-ca"]}}
    own = client.CoreV1Api(cluster.api()).create_namespaced_service_account_token("default", "default", request)
    assert authenticated(own.status.token)


def test_an_identity_token_says_who_the_instance_is(instance: str, account: dict[str, Any]) -> None:
    path = "instance/service-accounts/default/identity"
    assert asked(path, "--header", "Metadata-Flavor: Google")[0] == "400"
    signed, _, signature = metadata(f"{path}?audience=mesh&format=full").rpartition(".")
    key = serialization.load_pem_public_key(access_tokens.PUBLIC_KEY.read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
    assert (claims["aud"], claims["sub"], claims["email"]) == ("mesh", account["uniqueId"], account["email"])
    assert claims["google"]["compute_engine"]["instance_name"] == NAME


def test_nobody_reaches_an_instance_but_as_a_firewall_allows(instance: str) -> None:
    assert connects(NAME, str(machines.machine(NEAR).address), 22), "what an instance begins is answered"
    assert not connects(NEAR, ADDRESS, 22)
    wanted = {
        "network": "default",
        "allows": [{"protocol": "tcp", "ports": ["20-22"]}],
        "sourceRanges": ["10.77.0.0/24"],
    }
    rules = [
        firewalls.create(PROJECT, "others", {**wanted, "targetTags": ["another"]}),
        firewalls.create(PROJECT, "elsewhere", {**wanted, "sourceRanges": ["10.79.0.0/24"]}),
    ]
    try:
        assert not connects(NEAR, ADDRESS, 22)
        rules.append(firewalls.create(PROJECT, "ours", {**wanted, "targetTags": ["ground"]}))
        assert connects(NEAR, ADDRESS, 22)
        firewalls.update("projects/meshx-sandbox/global/firewalls/ours", {"targetTags": ["another"]})
        assert not connects(NEAR, ADDRESS, 22)
    finally:
        for rule in rules:
            firewalls.delete(f"projects/{PROJECT}/global/firewalls/{rule['name']}")


def test_an_instance_deleted_by_hand_leaves_nothing(account: dict[str, Any]) -> None:
    wanted = {
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-12"}},
        "networkInterfaces": [{"network": "default"}],
        "deletionProtection": True,
    }
    made = instances.create(PROJECT, ZONES[1], "gce-2", wanted)
    path = instances.instance_name(PROJECT, ZONES[1], "gce-2")
    target = machines.machine("gce-2")
    # Too early in a boot nobody hears the power button, and the cloud waits out its 90 s.
    soon(lambda: machines.execute("gce-2", ["true"]).returncode == 0)
    with pytest.raises(Exception, match="deletionProtection"):
        instances.delete(path)
    assert instances.read(path) == made
    instances.update(path, {"deletionProtection": False})
    instances.delete(path)
    assert instances.read(path) is None
    assert not target.folder.exists() and "gce-2" not in [known.name for known in machines.everyone()]
    instances.delete(path)
