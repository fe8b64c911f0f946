"""Ports that are closed while the sidecar is down: through boots, and through firewalls that flush all rules."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator

import pytest

from meshx.machine.delivery import Delivery
from meshx.machine.observation import read_facts
from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.machine.plain_calls import is_answered, plain_calls
from tests.e2e.stack.upkeep import START_UPKEEP, STOP_UPKEEP

pytestmark = pytest.mark.usefixtures("sandbox")

CLOSED = {"closed-ports": "8080\n"}
BACK_SECONDS = 30


@pytest.fixture
def serving(machine: Deliveries) -> Iterator[None]:
    """A program at 8080 that starts at each boot, on a machine whose sidecar does not."""
    shell(MACHINE, "systemctl enable --quiet --now echo-http")
    yield
    shell(MACHINE, "systemctl disable --quiet --now echo-http")


@pytest.fixture
def firewall(machine: Deliveries) -> Iterator[None]:
    """A firewall of the machine's own, as Debian's package nftables has it: it flushes all rules when it starts."""
    rules = "/etc/nftables.conf"
    assert "flush ruleset" in shell(MACHINE, f"cat {rules}")
    shell(MACHINE, "systemctl enable --quiet --now nftables")
    yield
    shell(MACHINE, "systemctl disable --quiet --now nftables")


def past_the_proxy() -> str:
    """What a look says of calls past the proxy."""
    wanted = {
        "wanted/paths": "",
        "wanted/names": "",
        "wanted/unit": "istio",
        "wanted/package": "istio-sidecar",
        "wanted/account": "vm:vmhttp",
        **CLOSED,
    }
    return read_facts(Deliveries(MACHINE).run(Delivery("observe.sh", wanted)))["when-down"].decode()


def closed_again() -> float:
    """Wait until calls are refused; after how many seconds they were."""
    begun = time.monotonic()
    while is_answered(MACHINE):
        assert time.monotonic() - begun < BACK_SECONDS, shell(MACHINE, "journalctl -u meshx-upkeep -n 30")
        time.sleep(0.2)
    return time.monotonic() - begun


def started(unit: str) -> int:
    """When a unit became active at this boot, in microseconds."""
    return int(shell(MACHINE, f"systemctl show -p ActiveEnterTimestampMonotonic --value {unit}"))


def test_ports_are_closed_before_a_boots_network_and_without_any_sidecar(
    machine: Deliveries, serving: None, firewall: None
) -> None:
    machine.join(**CLOSED)
    shell(MACHINE, "systemctl disable --quiet istio")
    with plain_calls(MACHINE) as while_closed:
        machines.reboot(MACHINE)
        time.sleep(2)
    assert shell(MACHINE, "systemctl is-active istio || true") == "inactive\n"
    assert while_closed.answered == 0
    assert 0 < started("nftables") < started("meshx-closed") < started("systemd-networkd")
    assert past_the_proxy() == "refused"
    machine.join()
    shell(MACHINE, "systemctl disable --quiet istio")
    with plain_calls(MACHINE) as while_open:
        machines.reboot(MACHINE)
        time.sleep(2)
    assert while_open.answered > 0


def test_a_connection_past_the_proxy_that_is_open_when_the_ports_are_closed_ends(
    machine: Deliveries, serving: None
) -> None:
    machine.join(**CLOSED)
    shell(MACHINE, f"{STOP_UPKEEP}; systemctl stop istio; nft delete table inet meshx_closed")
    connection = http.client.HTTPConnection(str(machines.machine(MACHINE).address), 8080, timeout=5)
    for _ in range(2):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read()), answer.will_close) == (200, True, False)
    shell(MACHINE, "systemctl restart meshx-closed")
    with pytest.raises(ConnectionResetError):
        connection.request("GET", "/")
        connection.getresponse()


def test_a_firewall_that_flushes_all_rules_leaves_them_closed(
    machine: Deliveries, serving: None, firewall: None
) -> None:
    machine.join(**CLOSED)
    shell(MACHINE, f"{STOP_UPKEEP}; systemctl stop istio")
    for verb in ("reload", "restart"):
        shell(MACHINE, f"systemctl {verb} nftables")
        print(f"after a {verb} of nftables closed again in {closed_again():.1f} s")
        assert past_the_proxy() == "refused"
    for flush in ("nft flush ruleset", "systemctl stop nftables", "nft delete table inet meshx_closed"):
        shell(MACHINE, flush)
        assert is_answered(MACHINE), "upkeep is stopped: nobody puts it back"
        assert past_the_proxy() == "answered: nftables' table inet meshx_closed is missing or changed"
        shell(MACHINE, START_UPKEEP)
        print(f"after `{flush}` closed again in {closed_again():.1f} s")
        shell(MACHINE, STOP_UPKEEP)
    assert "calls past the proxy were gone" in shell(MACHINE, "cat /var/lib/meshx/put-back")
