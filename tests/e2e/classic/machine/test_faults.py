"""What goes wrong with identities: told in words, and nothing is lost by it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from kubernetes import client

from meshx.cluster.citadel_secret import SECRET_TYPE
from meshx.machine import citadel_request, taking_part
from meshx.machine.machine_errors import UntouchedError
from meshx.plugin_base.custom_resource import PartialFailure, ResourceError
from sandbox.kubernetes import cluster
from tests.e2e.classic.machine.membership import ACCOUNT, MACHINE, NAMESPACE, Membership, recorded, remains
from tests.e2e.classic.stand_ins.authority import Authority
from tests.e2e.classic.stand_ins.citadel import NAME, PORT, Citadel
from tests.e2e.classic.stand_ins.tls_server import ADDRESS, TlsServer
from tests.e2e.machine.deliveries import shell

pytestmark = pytest.mark.usefixtures("sandbox")

SECRET = f"istio.{ACCOUNT}"
CITADELS_OTHER_NAME = "spiffe://cluster.local/ns/istio-system/sa/istio-citadel-service-account"


def anew(citadel: Citadel, make_secret: Callable[[str], dict[str, bytes]]) -> None:
    """Have Citadel make the workload's Secret anew, by that."""
    citadel.make_secret = make_secret
    core = client.CoreV1Api(cluster.api())
    found = core.list_namespaced_secret(NAMESPACE, field_selector=f"metadata.name={SECRET}").items
    former = {one.metadata.uid for one in found if one.metadata}
    if former:
        core.delete_namespaced_secret(SECRET, NAMESPACE)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = core.list_namespaced_secret(NAMESPACE, field_selector=f"metadata.name={SECRET}").items
        if found and found[0].metadata and found[0].metadata.uid not in former:
            return
        time.sleep(0.2)
    pytest.fail("Citadel made no Secret")


def ended(authority: Authority) -> Callable[[str], dict[str, bytes]]:
    """A certificate whose time is over."""
    return lambda identity: authority.secret(identity, lasting=timedelta(hours=-1), begun=timedelta(days=1))


def of_another_key(authority: Authority) -> Callable[[str], dict[str, bytes]]:
    """A certificate with the key of another."""
    return lambda identity: authority.secret(identity) | {"key.pem": authority.secret(identity)["key.pem"]}


def of_another_account(authority: Authority) -> Callable[[str], dict[str, bytes]]:
    """The certificate of a stranger."""
    return lambda identity: authority.secret(identity.replace(ACCOUNT, "other"))


@pytest.fixture(scope="module", autouse=True)
def citadel_as_before(citadel: Citadel) -> Iterator[None]:
    """In the end it makes good Secrets and signs."""
    yield
    citadel.start_signing()
    citadel.resume()
    anew(citadel, citadel.authority.secret)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Joins that wait for a good Secret for a moment only."""
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        (ended, r"cert-chain\.pem ended"),
        (of_another_key, r"key\.pem is not the key of cert-chain\.pem"),
        (of_another_account, r"is of spiffe://cluster\.local/ns/vm/sa/other, not of"),
    ],
)
def test_a_secret_by_which_no_machine_can_join_is_told_and_nothing_is_changed(
    membership: Membership,
    citadel: Citadel,
    damaged: Callable[[Authority], Callable[[str], dict[str, bytes]]],
    told: str,
) -> None:
    anew(citadel, damaged(citadel.authority))
    with pytest.raises(UntouchedError, match=told):
        membership.up()
    assert remains() == ""


def test_a_secret_that_does_not_come_is_told_and_one_that_comes_late_is_waited_for(
    membership: Membership, citadel: Citadel, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = client.CoreV1Api(cluster.api())
    citadel.pause()
    core.delete_namespaced_secret(SECRET, NAMESPACE)
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 1.0)
    with pytest.raises(UntouchedError, match=rf"Citadel has made no Secret {NAMESPACE}/{SECRET} within 1 s"):
        membership.up()
    citadel.make_secret = citadel.authority.secret
    citadel.resume(after=2.0)
    citadel.stop_signing()
    monkeypatch.setattr(citadel_request, "WAIT_SECONDS", 20.0)
    with pytest.raises(PartialFailure, match="nothing answers there: see that Citadel runs") as failed:
        membership.up()
    assert "connection refused" in str(failed.value)
    membership.state = failed.value.outputs


def test_a_join_that_citadel_refused_is_continued_once_it_signs(membership: Membership, citadel: Citadel) -> None:
    assert shell(MACHINE, "systemctl is-active istio || true") == "inactive\n"
    citadel.start_signing()
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]


def test_a_pilot_that_is_out_of_reach_is_told_with_the_proxys_last_words(
    membership: Membership, discovery: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_part, "READY_SECONDS", 6.0)
    discovery.close()
    shell(MACHINE, "systemctl stop istio")
    try:
        with pytest.raises(ResourceError, match="not ready after 6 s; its last words: ") as told:
            membership.up()
    finally:
        discovery.open()
    assert "error Pilot at istio-pilot.istio-system:15011" in str(told.value)
    assert "istio-pilot.istio-system (10.78.0.1) on ports 15011 and 8060" in str(told.value)
    monkeypatch.undo()
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]


@pytest.fixture
def stopped_agent(membership: Membership, citadel: Citadel) -> Iterator[str]:
    """A member whose node agent was stopped by hand; gives how often its proxy had started."""
    shell(MACHINE, "systemctl stop istio-auth-node-agent")
    yield recorded("istio-start", "starts")
    citadel.start_signing()


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        (
            ("istio-pilot", timedelta(days=90)),
            "valid for istio-pilot, not istio-citadel.*who answers there is not Citadel",
        ),
        ((CITADELS_OTHER_NAME, timedelta(days=90)), "not valid for any names.*who answers there is not Citadel"),
        ((NAME, timedelta(days=-1)), "Citadel's certificate is out of its time"),
    ],
    ids=["of another name", "of an identity alone", "ended"],
)
def test_a_citadel_that_is_not_to_be_trusted_is_told_and_the_proxy_goes_on(
    membership: Membership, citadel: Citadel, stopped_agent: str, certificate: tuple[str, timedelta], told: str
) -> None:
    citadel.start_signing(*certificate)
    with pytest.raises(ResourceError, match=told):
        membership.up()
    assert recorded("istio-start", "starts") == stopped_agent
    assert shell(MACHINE, "systemctl is-active istio") == "active\n"
    assert "CSR signing failed" in membership.seen()["companions"][0]["refused"]


@contextmanager
def in_citadels_place(answer: bytes | None) -> Iterator[None]:
    """Somebody who takes connections on its port: says that to whoever says something first, or hangs up at once."""
    with socket.create_server((ADDRESS, PORT)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(1 << 12)
                        connection.sendall(answer or b"")

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        serving.join(10)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "DestinationRule istio-citadel .* is missing"),
        (None, "the gateway takes the connection and closes it"),
    ],
    ids=["in plain", "hanging up"],
)
def test_a_gateway_that_does_not_lead_to_citadel_is_told_by_what_it_does(
    membership: Membership, citadel: Citadel, stopped_agent: str, answer: bytes | None, told: str
) -> None:
    citadel.stop_signing()
    with in_citadels_place(answer), pytest.raises(ResourceError, match=told):
        membership.up()
    assert recorded("istio-start", "starts") == stopped_agent


def test_a_certificate_that_citadel_refuses_is_told_as_that(
    membership: Membership, citadel: Citadel, stopped_agent: str
) -> None:
    signed_by = citadel.authority
    citadel.authority = Authority()
    citadel.start_signing(lasting=timedelta(days=1))
    citadel.authority = signed_by
    assert citadel.signing is not None
    # Its own certificate is of the machine's root; the machine's is of another than it takes.
    citadel.signing.present(*signed_by.serving(NAME, citadel.folder))
    with pytest.raises(ResourceError, match=r"\(CSR signing failed: .*connection closed\): Citadel hung up"):
        membership.up()
    assert recorded("istio-start", "starts") == stopped_agent


def test_a_secret_of_others_by_that_name_is_left_alone(membership: Membership, citadel: Citadel) -> None:
    membership.down()
    core = client.CoreV1Api(cluster.api())
    citadel.pause()
    core.delete_namespaced_secret(SECRET, NAMESPACE)
    theirs = client.V1Secret(metadata=client.V1ObjectMeta(name=SECRET), string_data={"key.pem": "theirs"})
    core.create_namespaced_secret(NAMESPACE, theirs)
    with pytest.raises(UntouchedError, match=f"is of type Opaque, not {SECRET_TYPE}: somebody else made it"):
        membership.up()
    assert core.read_namespaced_secret(SECRET, NAMESPACE).type == "Opaque"
