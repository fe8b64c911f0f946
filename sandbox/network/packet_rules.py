"""Chains of packet rules in the sandbox's network, and the rules that lead to them."""

import subprocess
from collections.abc import Mapping, Sequence

from sandbox.network.namespace import inside


def put(chains: Mapping[tuple[str, str], Sequence[str]], entries: Sequence[tuple[str, str]]) -> None:
    """Make the given chains as given, and add the rules to the built-in chains; others there stay.

    chains: the rules of each, without `-A CHAIN`, by table and chain. entries: table and rule, as `iptables -S` has it.
    """
    tables: dict[str, list[str]] = {}
    for (table, chain), rules in chains.items():
        tables.setdefault(table, []).extend([f":{chain} - [0:0]", *(f"-A {chain} {rule}" for rule in rules)])
    for table, entry in entries:
        tables.setdefault(table, []).extend([entry] if not is_there(table, entry) else [])
    text = "\n".join(line for table, lines in tables.items() for line in (f"*{table}", *lines, "COMMIT")) + "\n"
    subprocess.run(inside("iptables-restore", "--noflush", "--wait"), input=text, text=True, check=True)


def is_there(table: str, entry: str) -> bool:
    """Whether a rule, as `iptables -S` has it, is in its chain."""
    command = inside("iptables", "--wait", "-t", table, "-S", entry.split()[1])
    return entry in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
