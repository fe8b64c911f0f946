"""A machine's life in a mesh of Istio 1.4.10, in its order: join, traffic, renewal, drift, reboot, leaving.

The tests of this file follow one Join, so each builds on the one before it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from sandbox import machines, services
from tests.e2e.classic.machine.membership import IDENTITY, MACHINE, Membership
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.tls_server import TlsServer
from tests.e2e.machine.deliveries import shell
from tests.e2e.stack.machine_listing import listing

pytestmark = pytest.mark.usefixtures("sandbox")

ORDINARY_USER = machines.ADMINISTRATOR
SERIAL = "openssl x509 -noout -serial -in /etc/certs/cert-chain.pem"
OWN_RULES = (
    "-A INPUT -p ipv6-icmp -j ACCEPT",
    '-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "the administrators\' own" -j ACCEPT',
    "-A INPUT -p tcp -m tcp --dport 3306 -j DROP",
)
CLOSED_BY_ISTIO = (
    "-A INPUT -m state --state ESTABLISHED -j ACCEPT",
    "-A INPUT -d ::1/128 -i lo -j ACCEPT",
    "-A INPUT -j REJECT --reject-with icmp6-port-unreachable",
)


def ipv6_input() -> list[str]:
    """The rules for incoming IPv6, in their order."""
    return [line for line in shell(MACHINE, "ip6tables -S INPUT").splitlines() if line.startswith("-A")]


def put_own_rules() -> None:
    """The machine's own rules for incoming IPv6, as its administrators have them."""
    shell(MACHINE, "\n".join(f"ip6tables {rule}" for rule in OWN_RULES))


@pytest.fixture(scope="module")
def own_rules(sandbox: object) -> Iterator[None]:
    """A machine with rules of its own, until the end."""
    put_own_rules()
    yield
    shell(MACHINE, "ip6tables -F INPUT")


@pytest.fixture(scope="module")
def before(own_rules: None) -> dict[str, list[str]]:
    """What stood on the machine before anything was joined."""
    return listing(MACHINE)


@pytest.fixture(scope="module")
def httpbin(sandbox: object) -> str:
    """The address of a pod's service, which is among those that the sidecar captures."""
    services.apply()
    return "http://10.96.0.80:8000/"


def test_a_machine_joins_with_its_node_agent_verified(
    membership: Membership, citadel: Citadel, discovery: TlsServer
) -> None:
    begun = time.monotonic()
    membership.up()
    print(f"join: {time.monotonic() - begun:.1f} s")
    assert "istio-auth-node-agent: CSR is approved successfully. Will renew cert in 1079h59m59" in membership.words()
    assert citadel.signing is not None
    assert citadel.signing.callers == [IDENTITY]
    assert IDENTITY in discovery.callers
