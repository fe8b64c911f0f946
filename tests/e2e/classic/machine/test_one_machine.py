"""A machine's life in a mesh of Istio 1.4, in its order: join, traffic, renewal, drift, reboot, upgrade, leaving.

The tests of this file follow one Join, so each builds on the one before it.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from kubernetes import client

from sandbox import machines, traffic
from sandbox.kubernetes import cluster
from sandbox.traffic import services
from tests.e2e.classic.machine.membership import (
    IDENTITY,
    MACHINE,
    NAMESPACE,
    NO_ROUTE,
    START_SETTINGS,
    Membership,
    exposed_call,
    leave_again,
    recorded,
    recorded_environment,
)
from tests.e2e.classic.machine.own_firewall import CLOSED_BY_ISTIO, OWN_RULES, ipv6_input, own_firewall
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.tls_server import TlsServer
from tests.e2e.machine.deliveries import shell
from tests.e2e.machine.plain_calls import is_answered
from tests.e2e.machine.sidecar_logs import expect_large_logs_aside_and_the_sidecar_writing_on
from tests.e2e.machine.table_of_files import beside_the_table
from tests.e2e.secrets.argv_watch import commands_watched
from tests.e2e.secrets.needles import Needles
from tests.e2e.secrets.places import machine_logs, world_readable
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.upkeep import STOP_UPKEEP

pytestmark = pytest.mark.usefixtures("sandbox")

BEFORE_UPGRADE, VERSION = "1.4.9", "1.4.10"
EXPECTED = Path(__file__).parent / "expected"
ORDINARY_USER = machines.ADMINISTRATOR
SERIAL = "openssl x509 -noout -serial -in /etc/certs/cert-chain.pem"
RENEWED_WITHIN = 20.0
DIRECT = ((200, ""), (200, "istio-envoy"))
"""A pod's answer that came by no proxy of the machine; the pod itself may have a sidecar of another mesh."""


@pytest.fixture(scope="module", autouse=True)
def before(sandbox: object) -> Iterator[dict[str, list[str]]]:
    """What stood on the machine before anything was joined: rules of its own for IPv6 among it."""
    with own_firewall(MACHINE):
        yield listing(MACHINE)


@pytest.fixture(scope="module")
def httpbin(sandbox: object) -> str:
    """A pod's service by its address, which is among those that the sidecar captures."""
    services.apply()
    found = client.CoreV1Api(cluster.api()).read_namespaced_service("httpbin", services.NAMESPACE)
    assert found.spec is not None
    return f"http://{found.spec.cluster_ip}:8000/"


def test_a_machine_joins_with_its_node_agent_verified(
    membership: Membership, citadel: Citadel, discovery: TlsServer
) -> None:
    assert citadel.signing is not None
    membership.version = BEFORE_UPGRADE
    asked, greeted = len(citadel.signing.callers), len(discovery.callers)
    begun = time.monotonic()
    with commands_watched() as seen:
        membership.up()
    print(f"join: {time.monotonic() - begun:.1f} s")
    assert "istio-auth-node-agent: CSR is approved successfully. Will renew cert in 1079h59m59" in membership.words()
    assert citadel.signing.callers[asked:] == [IDENTITY]
    assert set(discovery.callers[greeted:]) == {IDENTITY}
    no_key_anywhere(membership, seen.text())


def no_key_anywhere(membership: Membership, commands: bytes) -> None:
    """Neither the key that came by the Secret nor the one that the node agent made is where others may read it."""
    needles = Needles()
    secret = client.CoreV1Api(cluster.api()).read_namespaced_secret("istio.vmhttp", NAMESPACE)
    assert secret.data is not None
    needles.add("the Secret's key", base64.b64decode(str(secret.data["key.pem"])).decode())
    needles.add("the machine's key", shell(MACHINE, "cat /etc/certs/key.pem"))
    assert needles.found_in(shell(MACHINE, "cat /etc/certs/key.pem").encode()), "the search misses what is there"
    places = {"state": json.dumps(membership.state).encode(), "words": membership.words().encode(), "argv": commands}
    hits = {name: found for name, text in (places | machine_logs(MACHINE)).items() if (found := needles.found_in(text))}
    assert not hits
    assert b"pilot-agent" in commands, "the machine's processes were not seen"
    assert not world_readable(MACHINE, needles)[1]


def test_the_package_gets_what_the_guides_put_on_a_machine(before: dict[str, list[str]]) -> None:
    assert beside_the_table(before, MACHINE) == []
    assert shell(MACHINE, "cat /var/lib/meshx/sidecar/cluster.env") == (EXPECTED / "gateways.cluster.env").read_text()
    assert recorded("istio-start", "files").splitlines() == [
        "istio-proxy:istio-proxy 0755 /etc/certs",
        "istio-proxy:istio-proxy 0644 /etc/certs/cert-chain.pem",
        "istio-proxy:istio-proxy 0600 /etc/certs/key.pem",
        "istio-proxy:istio-proxy 0644 /etc/certs/root-cert.pem",
        "root:root 0755 /var/lib/istio/envoy",
        "root:root 0644 /var/lib/meshx/sidecar/cluster.env",
    ]
    hosts = shell(MACHINE, "grep -o '^[0-9.]* istio[^ ]*' /etc/hosts").splitlines()
    assert hosts == [f"10.78.0.1 {name}" for name in ("istio-citadel", "istio-pilot", "istio-pilot.istio-system")]


def test_large_logs_are_set_aside_while_the_sidecar_writes_on_where_it_was() -> None:
    expect_large_logs_aside_and_the_sidecar_writing_on(MACHINE)


def test_each_program_is_started_as_the_guides_show_it() -> None:
    exported = {
        **START_SETTINGS,
        "ISTIO_CP_AUTH": "MUTUAL_TLS",
        "ISTIO_INBOUND_PORTS": "3306,8080",
        "ISTIO_META_ISTIO_VERSION": "1.4.4",
        "ISTIO_SERVICE_CIDR": "10.96.0.0/16",
    }
    assert recorded_environment("istio-iptables") == exported
    assert recorded_environment("pilot-agent") == {
        **exported,
        "INSTANCE_IP": "10.77.0.13",
        "POD_NAME": "vm-3",
        "POD_NAMESPACE": "vm",
    }
    assert recorded("pilot-agent", "arguments").split() == [
        *("proxy", "--serviceCluster", "vmhttp.vm"),
        *("--discoveryAddress", "istio-pilot.istio-system:15011"),
        *("--controlPlaneAuthPolicy", "MUTUAL_TLS"),
    ]
    assert recorded_environment("node_agent") == {**START_SETTINGS, "NS": "vm", "SVC": "vmhttp.vm"}
    users = {name: recorded(name, "user").strip() for name in ("istio-start", "pilot-agent", "node_agent")}
    assert users == {"istio-start": "root", "pilot-agent": "istio-proxy", "node_agent": "istio-proxy"}
    processes = shell(MACHINE, "ps -eo user:12,args").splitlines()
    assert any(line.startswith("istio-proxy") and "/usr/local/bin/envoy -c" in line for line in processes)


def test_a_second_up_finds_nothing_to_do(membership: Membership) -> None:
    said, starts = membership.words(), recorded("istio-start", "starts")
    assert membership.seen() == membership.inputs["bundle"]
    membership.up()
    assert (membership.words(), recorded("istio-start", "starts")) == (said, starts)


def test_an_ordinary_users_call_goes_through_the_proxy_and_roots_does_not(httpbin: str) -> None:
    (ordinary,) = traffic.from_machine(MACHINE, httpbin, user=ORDINARY_USER)
    assert (ordinary.status, ordinary.server) == (200, "envoy")
    (by_root,) = traffic.from_machine(MACHINE, httpbin)
    assert (by_root.status, by_root.server) in DIRECT
    as_proxy = json.loads(shell(MACHINE, f"runuser -u istio-proxy -- echo-http call {httpbin}"))
    assert (as_proxy["status"], as_proxy["server"]) in DIRECT


def test_a_call_to_an_exposed_services_address_is_captured() -> None:
    assert exposed_call() == (NO_ROUTE, "envoy")
    (local,) = traffic.from_machine(MACHINE, "http://127.0.0.1:8000/", user=ORDINARY_USER)
    assert "connection refused" in local.error


def test_a_call_to_the_machines_port_goes_through_the_proxy() -> None:
    shell(MACHINE, "systemctl start echo-http; until ss -Hltn sport = :8080 | grep -q .; do sleep 0.1; done")
    try:
        with urllib.request.urlopen("http://10.77.0.13:8080/", timeout=20) as answer:
            assert (answer.status, answer.headers["server"]) == (200, "envoy")
            assert json.load(answer)["host"] == MACHINE
    finally:
        shell(MACHINE, "systemctl stop echo-http")


def test_ports_that_are_closed_answer_through_the_proxy_alone_and_nobody_while_it_is_down(
    membership: Membership,
) -> None:
    membership.closed = True
    starts = recorded("istio-start", "starts")
    assert membership.seen()["whenDown"]["callsPastTheProxy"].startswith("answered: ")
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    assert recorded("istio-start", "starts") == starts, "nothing starts anew for it"
    shell(MACHINE, "systemctl start echo-http; until ss -Hltn sport = :8080 | grep -q .; do sleep 0.1; done")
    try:
        with urllib.request.urlopen("http://10.77.0.13:8080/", timeout=20) as answer:
            assert (answer.status, answer.headers["server"]) == (200, "envoy")
        shell(MACHINE, "systemctl stop istio; iptables -t nat -F")
        assert not is_answered(MACHINE)
        shell(MACHINE, "systemctl stop meshx-closed; nft delete table inet meshx_closed")
        assert is_answered(MACHINE), "what the table refuses"
    finally:
        shell(MACHINE, "systemctl stop echo-http")
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]


def test_the_machines_own_rules_for_ipv6_stand_before_those_that_close_it() -> None:
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]
    shell(MACHINE, "systemctl restart istio")
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]
    # A start that is cut short once the chain was emptied: the next one still knows them.
    shell(MACHINE, "systemctl stop istio; bash /var/lib/meshx/ipv6_rules.sh before-start; ip6tables -F INPUT")
    shell(MACHINE, "systemctl start istio")
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]


def test_a_start_without_the_chain_of_ipv6_would_fail_and_its_settings_are_missed_when_they_are_gone(
    membership: Membership,
) -> None:
    settings = "/etc/systemd/system/istio.service.d/meshx.conf"
    shell(MACHINE, f"rm {settings}; systemctl daemon-reload; systemctl restart istio; sleep 2")
    assert shell(MACHINE, "systemctl is-active istio || true") != "active\n"
    assert "ISTIO_OUTPUT" in shell(MACHINE, "journalctl -q -u istio -o cat -n 200"), "the rules go to the journal"
    assert membership.seen()["unit"]["settings"] == f"{settings} is missing"
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    for _ in range(2):
        shell(MACHINE, "systemctl restart istio; sleep 1")
        assert shell(MACHINE, "systemctl is-active istio") == "active\n"
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]


def test_rules_that_are_gone_come_back_without_a_new_start(membership: Membership) -> None:
    shell(MACHINE, f"{STOP_UPKEEP}; iptables -t nat -F")
    assert membership.seen()["packetRules"] == "missing (IPv4)"
    pid = shell(MACHINE, "pidof envoy")
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    assert shell(MACHINE, "pidof envoy") == pid
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]


def test_what_the_node_agent_renews_is_no_drift(membership: Membership, citadel: Citadel) -> None:
    citadel.authority.lasting = timedelta(seconds=16)
    shell(MACHINE, "systemctl restart istio-auth-node-agent")
    first = awaited_serial(shell(MACHINE, SERIAL))
    second = awaited_serial(first)
    print("certificates of 16 s were renewed by the node agent while nobody did anything")
    assert membership.seen() == membership.inputs["bundle"]
    citadel.authority.lasting = timedelta(days=90)
    awaited_serial(second)
    assert "1079h" in shell(MACHINE, "journalctl -u istio-auth-node-agent -n 3")


def awaited_serial(former: str) -> str:
    """The certificate's number once it is another than `former`."""
    deadline = time.monotonic() + RENEWED_WITHIN
    while (serial := shell(MACHINE, SERIAL)) == former:
        assert time.monotonic() < deadline, "the certificate was not renewed"
        time.sleep(0.3)
    return serial


def test_a_certificate_near_its_end_is_told_and_replaced_by_up(membership: Membership, citadel: Citadel) -> None:
    shell(MACHINE, "systemctl stop istio-auth-node-agent")
    ending = citadel.authority.secret(IDENTITY, lasting=timedelta(hours=2), begun=timedelta(days=1))
    for entry in ("key.pem", "cert-chain.pem"):
        machines.execute(MACHINE, ["sh", "-c", f"cat >/etc/certs/{entry}"], text=ending[entry].decode())
    assert "was not renewed on the machine" in membership.seen()["certificate"]
    former = shell(MACHINE, SERIAL)
    membership.up()
    assert shell(MACHINE, SERIAL) != former
    assert membership.seen() == membership.inputs["bundle"]


def test_a_node_agent_that_was_stopped_by_hand_is_seen_and_started(membership: Membership) -> None:
    shell(MACHINE, "systemctl disable --now istio-auth-node-agent")
    stopped = {"name": "istio-auth-node-agent", "enabled": False, "active": False}
    assert membership.seen()["companions"] == [stopped]
    starts = recorded("istio-start", "starts")
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    assert recorded("istio-start", "starts") == starts


def test_a_machine_that_was_rebooted_is_a_member_again_by_itself(membership: Membership, httpbin: str) -> None:
    machines.reboot(MACHINE)
    wanted = membership.inputs["bundle"]
    deadline = time.monotonic() + 60
    while (found := membership.seen()) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    assert found == wanted
    (ordinary,) = traffic.from_machine(MACHINE, httpbin, user=ORDINARY_USER)
    assert (ordinary.status, ordinary.server) == (200, "envoy")
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]


def test_an_upgrade_in_place_keeps_the_machines_own_rules(membership: Membership, httpbin: str) -> None:
    membership.version = VERSION
    membership.up()
    assert membership.state["packageVersion"] == VERSION
    assert membership.seen() == membership.inputs["bundle"]
    (ordinary,) = traffic.from_machine(MACHINE, httpbin, user=ORDINARY_USER)
    assert (ordinary.status, ordinary.server) == (200, "envoy")
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]
    shell(MACHINE, "systemctl stop istio; systemctl start istio")
    assert shell(MACHINE, "systemctl is-active istio") == "active\n"
    assert ipv6_input(MACHINE) == [*OWN_RULES, *CLOSED_BY_ISTIO]


def test_a_machine_that_leaves_is_as_it_was_and_a_second_run_does_nothing(
    membership: Membership, before: dict[str, list[str]]
) -> None:
    membership.down()
    assert not differences(before, listing(MACHINE))
    assert leave_again() == ""
    assert ipv6_input(MACHINE) == list(OWN_RULES)
