"""Packets that get lost without a word: what a firewall does, a network that is down, a machine without power."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sandbox.network.namespace import inside
from sandbox.supervision import cgroups


@contextmanager
def silence(*matches: str) -> Iterator[None]:
    """Drop packets that fit any of the matches (iptables' words, in mangle PREROUTING) until the block ends."""
    with ExitStack() as taken_back:
        for match in matches:
            rule = ["PREROUTING", *match.split(), "-j", "DROP"]
            _iptables("-I", rule)
            taken_back.callback(_iptables, "-D", rule)
        yield


def lose_power(name: str, address: str) -> None:
    """End a machine as a cut of its power does: its cable goes first, so that it takes its leave of nobody.

    Killed with its cable in, it would stay on the bridge for as long as the kernel tries to end its connections.
    """
    (hardware,) = {one["lladdr"] for one in _shown("ip", "-json", "neighbour", "show", address) if "lladdr" in one}
    (cable,) = {one["ifname"] for one in _shown("bridge", "-json", "fdb", "show") if one["mac"] == hardware}
    subprocess.run(inside("ip", "link", "delete", cable), check=True)
    cgroups.kill(name)


def _shown(*words: str) -> list[dict[str, str]]:
    done = subprocess.run(inside(*words), capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def _iptables(how: str, rule: list[str]) -> None:
    subprocess.run(inside("iptables", "--wait", "-t", "mangle", how, *rule), check=True)
