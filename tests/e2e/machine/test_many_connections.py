"""A hundred machines at once, on a real sshd with its own limits, and past a firewall that limits the rate.

One machine of the sandbox stands for all of them and for the bastion: its sshd gets every connection there is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Generator, Iterator
from typing import Any

import pytest

from meshx.machine.join_inputs import Connection, HostLogin
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session
from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, shell

RULE = "INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --name meshx-tests"
"""What `ufw limit` makes (ufw(8)): no more than five new connections in 30 s, the refused ones counted."""


def login() -> HostLogin:
    target = machines.machine(MACHINE)
    host_key = (target.folder / "ssh_host_ed25519_key.pub").read_text().strip()
    return HostLogin(str(target.address), 22, "root", host_key)


async def look(number: int, connection: Connection) -> int:
    async with open_session(f"vm-{number}", connection, PrivateKey(file=str(machines.SSH_KEY)), print) as session:
        # No delivery: those of one machine wait for one another.
        return await session.execute("sleep 2", 60)


def all_at_once(count: int, connection: Connection) -> list[int | BaseException]:
    async def gathered() -> list[int | BaseException]:
        looks: list[Coroutine[Any, Any, int]] = [look(number, connection) for number in range(count)]
        return await asyncio.gather(*looks, return_exceptions=True)

    return asyncio.run(gathered())


def lost(looks: list[int | BaseException]) -> list[str]:
    return [str(one) for one in looks if one != 0]


def logins() -> int:
    return int(shell(MACHINE, "journalctl -u ssh --no-pager | grep -c 'Accepted publickey' || true"))


@pytest.fixture
def default_sshd(sandbox: object) -> None:
    """The machine's sshd has the limits that it comes with."""
    assert "maxstartups 10:30:100" in shell(MACHINE, "sshd -T")


@contextlib.contextmanager
def limited_rate() -> Generator[None]:
    added = [f"{RULE} --set", f"{RULE} --update --seconds 30 --hitcount 6 -j REJECT"]
    try:
        for rule in added:
            shell(MACHINE, f"iptables -A {rule}")
        yield
    finally:
        for rule in added:
            shell(MACHINE, f"iptables -D {rule}")


@pytest.fixture
def rate_rule(sandbox: object) -> Iterator[None]:
    with limited_rate():
        yield


@pytest.mark.usefixtures("default_sshd")
def test_of_a_hundred_machines_behind_one_bastion_none_is_lost_and_the_bastion_is_logged_in_to_once() -> None:
    before = logins()
    assert lost(all_at_once(100, Connection(login(), bastion=login(), connect_seconds=15))) == []
    # Each machine once, and some of others meanwhile; a log-in to the bastion for each would be a hundred more.
    assert 101 <= logins() - before < 110


@pytest.mark.usefixtures("default_sshd")
def test_of_many_machines_at_one_address_none_is_lost() -> None:
    assert lost(all_at_once(48, Connection(login(), connect_seconds=15))) == []


@pytest.mark.usefixtures("rate_rule")
def test_past_a_rule_that_limits_the_rate_all_come_in() -> None:
    assert lost(all_at_once(8, Connection(login(), connect_seconds=15))) == []
