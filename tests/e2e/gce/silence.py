"""Packets that get lost without a word: what a firewall does, a network that is down, a machine without power."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sandbox.network import inside


@contextmanager
def silence(*matches: str) -> Iterator[None]:
    """Drop packets that fit any of the matches (iptables' words, in mangle PREROUTING) until the block ends."""
    with ExitStack() as taken_back:
        for match in matches:
            rule = ["PREROUTING", *match.split(), "-j", "DROP"]
            _iptables("-I", rule)
            taken_back.callback(_iptables, "-D", rule)
        yield


def _iptables(how: str, rule: list[str]) -> None:
    subprocess.run(inside("iptables", "--wait", "-t", "mangle", how, *rule), check=True)
