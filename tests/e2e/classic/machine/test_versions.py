"""What each version's package gets, on a machine of the cluster's own network that goes from version to version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from meshx.machine.machine_errors import UnfitMachineError
from tests.e2e.classic.machine.membership import (
    FACTS,
    MACHINE,
    NO_ROUTE,
    START_SETTINGS,
    Membership,
    exposed_call,
    recorded,
    recorded_environment,
    remains,
)
from tests.e2e.machine.deliveries import shell

pytestmark = pytest.mark.usefixtures("sandbox")

EXPECTED = Path(__file__).parent / "expected"
UNTIL_1_2 = {"ISTIO_META_ISTIO_PROXY_VERSION": "1.1.3"}
"""The packet rules' script reads cluster.env itself, and nothing else is exported."""
SINCE_1_3 = {
    "ISTIO_INBOUND_PORTS": "3306,8080",
    "ISTIO_META_ISTIO_VERSION": "1.3.0",
    "ISTIO_SERVICE_CIDR": "10.96.0.0/16",
}
LOOPBACK_UNTIL_1_2 = ("-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -j ISTIO_REDIRECT",)
LOOPBACK_SINCE_1_3 = (
    "-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN",
    "-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -j ISTIO_IN_REDIRECT",
)
"""What goes over `lo` takes the way of what comes in, which with listed ports is port 15001 as well."""
STARTED = {"INSTANCE_IP": "10.77.0.13", "POD_NAME": "vm-3", "POD_NAMESPACE": "vm"}


@pytest.fixture(scope="module", autouse=True)
def single_network(membership: Membership) -> None:
    """The machine reaches pods directly: nothing is said of mutual TLS with Pilot."""
    membership.facts = replace(FACTS, mutual_tls=False)


@pytest.mark.parametrize(
    ("version", "exported", "loopback"),
    [
        ("1.1.17", UNTIL_1_2, LOOPBACK_UNTIL_1_2),
        ("1.2.10", UNTIL_1_2, LOOPBACK_UNTIL_1_2),
        ("1.3.8", SINCE_1_3, LOOPBACK_SINCE_1_3),
        ("1.4.10", {**SINCE_1_3, "ISTIO_META_ISTIO_VERSION": "1.4.4"}, LOOPBACK_SINCE_1_3),
    ],
)
def test_a_machine_has_what_its_version_wants_and_is_upgraded_in_place(
    membership: Membership, version: str, exported: dict[str, str], loopback: tuple[str, ...]
) -> None:
    membership.version = version
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    assert membership.state["packageVersion"] == version
    assert shell(MACHINE, "cat /var/lib/meshx/sidecar/cluster.env") == (EXPECTED / "single.cluster.env").read_text()
    assert recorded_environment("istio-iptables") == exported | START_SETTINGS
    assert recorded_environment("pilot-agent") == exported | START_SETTINGS | STARTED
    assert recorded("pilot-agent", "arguments").split()[1:5] == [
        *("--serviceCluster", "vmhttp.vm"),
        *("--discoveryAddress", "istio-pilot.istio-system:15011"),
    ]
    rules = shell(MACHINE, "iptables -t nat -S").splitlines()
    assert {
        "-A PREROUTING -p tcp -j ISTIO_INBOUND",
        "-A ISTIO_INBOUND -p tcp -m tcp --dport 3306 -j ISTIO_IN_REDIRECT",
        "-A ISTIO_INBOUND -p tcp -m tcp --dport 8080 -j ISTIO_IN_REDIRECT",
        "-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
        *loopback,
        "-A ISTIO_OUTPUT -d 10.96.0.0/16 -j ISTIO_REDIRECT",
        "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
    } <= set(rules)
    assert exposed_call() == (NO_ROUTE, "envoy")
    assert exposed_call(user="root") == (NO_ROUTE, "envoy"), "what goes over `lo` is taken of root too"
    assert "ISTIO_" not in shell(MACHINE, "ip6tables-save")


def test_a_machine_that_leaves_after_upgrades_keeps_nothing(membership: Membership) -> None:
    membership.down()
    assert remains() == ""
    assert "istio" not in shell(MACHINE, "iptables-save; ip6tables-save; dpkg -l; getent passwd").lower()


def test_a_package_whose_start_script_calls_what_it_lacks_is_refused_and_nothing_changed(
    membership: Membership,
) -> None:
    membership.version = "1.4.3"
    with pytest.raises(UnfitMachineError, match="calls istio-iptables, which the package lacks") as told:
        membership.up()
    assert "take the package of 1.4.4 or later" in str(told.value)
    assert remains() == ""
