"""One machine that has joined, for all attacks, and what stood on it before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox import machines
from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import listing

SECRET = "/root/secret"
WORDS = "error: for root alone"
AS_PROXY = ("runuser", "-u", "istio-proxy", "--", "bash", "-c")


@dataclass(frozen=True)
class Victim:
    """A machine that has joined by the scripts alone, and its listing from before."""

    deliveries: Deliveries
    before: dict[str, list[str]]


@pytest.fixture(scope="package")
def victim(sandbox: object) -> Iterator[Victim]:
    """The machine, with a file of root's that an attacker would like to have."""
    deliveries = Deliveries(MACHINE)
    before = listing(MACHINE)
    deliveries.join()
    machines.execute(MACHINE, ["bash", "-c", f"umask 077; cat >{SECRET}"], text=f"{WORDS}\n")
    yield Victim(deliveries, before)
    deliveries.leave()
    shell(MACHINE, f"rm -f {SECRET}")


def as_proxy(command: str) -> str:
    """What a command line says that runs as the sidecar's user, whether it gets through or not."""
    done = machines.execute(
        MACHINE, ["runuser", "-u", "istio-proxy", "--", "bash", "-c", f"cd /; {command}"], seconds=60
    )
    return done.stdout + done.stderr


def give_away(*folders: str) -> None:
    """Have folders be the proxy's, as the package's own script makes them at each upgrade."""
    shell(MACHINE, f"chown istio-proxy:istio-proxy {' '.join(folders)}")
