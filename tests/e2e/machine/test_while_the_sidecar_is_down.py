"""What a machine's ports do with calls past the proxy while it is down, by `whenDown`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.machine.plain_calls import is_answered, plain_calls
from tests.e2e.stack.machine_listing import listing

pytestmark = pytest.mark.usefixtures("sandbox")

CALLER = "vm-1"
"""Another machine on the same network."""
ADDRESSES = {CALLER: "fd77::11", MACHINE: "fd77::13"}
CLOSED = {"closed-ports": "8080\n"}


@pytest.fixture
def serving(machine: Deliveries, before: dict[str, list[str]]) -> Iterator[None]:
    """A program at 8080, the workload's port, and at 8081, no port of it; an address of IPv6 here and at the caller."""
    shell(MACHINE, "systemctl start echo-http; systemd-run -q --unit=other /usr/local/bin/echo-http serve :8081")
    for name, address in ADDRESSES.items():
        shell(name, f"ip -6 address add {address}/64 dev host0 nodad")
    yield
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
        time.sleep(1.5)
        shell(MACHINE, "systemctl start --no-block istio")
        time.sleep(0.7)


def test_ports_that_are_closed_answer_nobody_past_a_proxy_that_is_killed_again_and_again(
    machine: Deliveries, serving: None, before: dict[str, list[str]]
) -> None:
    machine.join()
    with plain_calls(MACHINE) as while_open:
        kill_in_a_loop(1)
    assert while_open.answered, "what lets calls in where nothing is closed"

    assert "calls past the proxy are refused" in machine.join(**CLOSED).splitlines()
    assert "calls past the proxy" not in machine.join(**CLOSED)
    with plain_calls(MACHINE) as while_closed:
        kill_in_a_loop(4)
        shell(MACHINE, "systemctl stop istio")
        assert "ISTIO" not in shell(MACHINE, "nft list ruleset"), "the unit's end takes the sidecar's rules away"
        over_ipv6 = answer(CALLER, f"http://[{ADDRESSES[MACHINE]}]:8080/")
        time.sleep(1)
    assert (while_closed.answered, while_closed.made > 50) == (0, True)
    assert "connection refused" in over_ipv6
    from_itself = [f"http://{host}:8080/" for host in ("127.0.0.1", "[::1]", machines.machine(MACHINE).address)]
    assert [answer(MACHINE, url) for url in from_itself] == ["200", "200", "200"]
    assert is_answered(MACHINE, 8081), "a port that is none of the workload's stays as it is"
    assert answer(CALLER, f"http://[{ADDRESSES[MACHINE]}]:8081/") == "200"

    assert "calls past the proxy are answered while it is down" in machine.join()
    shell(MACHINE, "systemctl stop istio")
    assert is_answered(MACHINE)
    machine.join(**CLOSED)
    machine.leave()
    assert is_answered(MACHINE)
    assert answer(CALLER, f"http://[{ADDRESSES[MACHINE]}]:8080/") == "200"


def test_a_machine_whose_ports_were_closed_is_as_it_was_when_it_has_left(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    machine.join(**CLOSED)
    machine.leave()
    assert listing(MACHINE) == before
