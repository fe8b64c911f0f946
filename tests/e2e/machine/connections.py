"""Many connections at once to one machine of the sandbox, which stands for all of them and for the bastion."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Generator
from typing import Any

from meshx.machine.join_inputs import Connection, HostLogin
from meshx.machine.ssh.keys import PrivateKey
from meshx.machine.ssh.session import open_session
from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, shell

RULE = "INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -m recent --name meshx-tests"


def login() -> HostLogin:
    """The way to the machine."""
    target = machines.machine(MACHINE)
    host_key = (target.folder / "ssh_host_ed25519_key.pub").read_text().strip()
    return HostLogin(str(target.address), 22, "root", host_key)


async def look(number: int, connection: Connection) -> int:
    """Log in and stay for a moment."""
    async with open_session(f"vm-{number}", connection, PrivateKey(file=str(machines.SSH_KEY)), print) as session:
        # No delivery: those of one machine wait for one another.
        return await session.execute("sleep 2", 60)


def all_at_once(count: int, connection: Connection) -> list[int | BaseException]:
    """Look at so many machines; what came of each."""

    async def gathered() -> list[int | BaseException]:
        looks: list[Coroutine[Any, Any, int]] = [look(number, connection) for number in range(count)]
        return await asyncio.gather(*looks, return_exceptions=True)

    return asyncio.run(gathered())


def lost(looks: list[int | BaseException]) -> list[str]:
    """Why some of them were not looked at."""
    return [str(one) for one in looks if one != 0]


@contextlib.contextmanager
def limited_rate(seconds: int) -> Generator[None]:
    """As `ufw limit` makes it (ufw(8)): no more than five new connections in some seconds, the refused ones counted."""
    added = [f"{RULE} --set", f"{RULE} --update --seconds {seconds} --hitcount 6 -j REJECT"]
    try:
        for rule in added:
            shell(MACHINE, f"iptables -A {rule}")
        yield
    finally:
        for rule in added:
            shell(MACHINE, f"iptables -D {rule}")
