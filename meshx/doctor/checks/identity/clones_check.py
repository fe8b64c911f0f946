"""Machines that are there twice: two proxies connected to istiod with one machine's name, as a disk's clone has it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from meshx.cluster.cluster_client import ClusterError
from meshx.config.resolved import Machine
from meshx.doctor.finding import Finding, fault, fine, unknown

_SUBJECT = "clones"
SECOND_LOOK_SECONDS = 3.0
"""A proxy that reconnects may have two connections for a moment."""


def check_clones(machines: Iterable[Machine], connected: Callable[[], list[str]]) -> Iterator[Finding]:
    """Find machines with more than one connection; connected: proxies' names as istiod has them, one for each
    connection.
    """
    named = list(machines)
    if not named:
        return
    try:
        twice = _twice(named, connected())
        if twice:
            time.sleep(SECOND_LOOK_SECONDS)
            twice = {name: count for name, count in _twice(named, connected()).items() if name in twice}
    except ClusterError as error:
        yield unknown(_SUBJECT, str(error))
        return
    for name, count in twice.items():
        yield fault(
            _SUBJECT,
            f"{count} proxies are connected to istiod as {name}",
            f"a clone of {name}'s disk, or an image made from it, runs with its key",
            "shut the clone down, and join it under a name of its own; if it is not yours, revoke the machine "
            "(docs/revoking.md)",
        )
    if not twice:
        yield fine(_SUBJECT, "no machine is connected twice")


def _twice(machines: Iterable[Machine], connected: Iterable[str]) -> dict[str, int]:
    # The proxy's own name is its machine's (meshx/join/cluster_env.py, POD_NAME).
    count = Counter(connected)
    names = {machine.name: count[f"{machine.name}.{machine.workload.namespace}"] for machine in machines}
    return {name: number for name, number in names.items() if number > 1}
