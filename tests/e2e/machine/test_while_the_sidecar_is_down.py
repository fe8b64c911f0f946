"""What a machine's ports do with calls past the proxy while it is down, by `whenDown`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.machine.plain_calls import is_answered, plain_calls
from tests.e2e.stack.machine_listing import differences, listing

pytestmark = pytest.mark.usefixtures("sandbox")

CALLER = "vm-1"
"""Another machine on the same network."""
ADDRESSES = {CALLER: "fd77::11", MACHINE: "fd77::13"}


@pytest.fixture
def serving(machine: Deliveries) -> Iterator[dict[str, list[str]]]:
    """A program at 8080, the workload's port, and at 8081, no port of it; an address of IPv6 here and at the caller.

    Gives what stands on the machine then.
    """
    shell(MACHINE, "systemctl start echo-http; systemd-run -q --unit=other /usr/local/bin/echo-http serve :8081")
    for name, address in ADDRESSES.items():
        shell(name, f"ip -6 address add {address}/64 dev host0 nodad")
    yield listing(MACHINE)
    shell(MACHINE, "systemctl stop echo-http other")
    for name, address in ADDRESSES.items():
        shell(name, f"ip -6 address del {address}/64 dev host0")


def answer(caller: str, url: str) -> str:
    """What a machine hears of a call: a status, or why there is none."""
    said = json.loads(machines.execute(caller, ["echo-http", "call", url]).stdout)
    return str(said["status"] or said["error"])


def kill_in_a_loop(times: int) -> None:
    """Kill Envoy and what keeps it, and start them anew before systemd does, ten seconds later."""
    for _ in range(times):
        shell(MACHINE, "pkill -KILL -x envoy; pkill -KILL -x pilot-agent; true")
        time.sleep(1)
        shell(MACHINE, "systemctl start --no-block istio")
        time.sleep(0.5)


def test_ports_that_are_closed_answer_nobody_past_a_proxy_that_is_killed_again_and_again(
    machine: Deliveries, serving: dict[str, list[str]]
) -> None:
    machine.join()
    with plain_calls(MACHINE) as while_open:
        kill_in_a_loop(1)
    assert while_open.answered, "what lets calls in where nothing is closed"

    assert "calls past the proxy are refused" in machine.join(**{"closed-ports": "8080\n"}).splitlines()
    over_ipv6 = f"http://[{ADDRESSES[MACHINE]}]"
    with plain_calls(MACHINE) as while_closed:
        kill_in_a_loop(4)
        shell(MACHINE, "systemctl stop istio")
        assert "ISTIO" not in shell(MACHINE, "nft list ruleset"), "the unit's end takes the sidecar's rules away"
        assert "connection refused" in answer(CALLER, f"{over_ipv6}:8080/")
    assert (while_closed.answered, while_closed.made > 50) == (0, True)
    from_itself = [f"http://{host}:8080/" for host in ("127.0.0.1", "[::1]", machines.machine(MACHINE).address)]
    assert [answer(MACHINE, url) for url in from_itself] == ["200", "200", "200"]
    assert answer(CALLER, f"{over_ipv6}:8081/") == "200", "a port that is none of the workload's stays as it is"
    assert is_answered(MACHINE, 8081)

    machine.leave()
    assert is_answered(MACHINE)
    assert answer(CALLER, f"{over_ipv6}:8080/") == "200"
    assert not differences(serving, listing(MACHINE))


def test_a_session_that_is_opened_then_lives_through_the_next_start(machine: Deliveries) -> None:
    machine.join()
    shell(MACHINE, "systemctl stop istio")
    start = "systemctl start --no-block istio; until iptables-save | grep -q -- '-j ISTIO_OUTPUT$'; do sleep 0.1; done"
    assert shell(MACHINE, f"{start}; sleep 0.5; echo lives on") == "lives on\n"
