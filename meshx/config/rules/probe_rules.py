"""A probe checks in one way, and only what can be called is probed."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.errors.words import enumerate_words
from meshx.config.rules.written import Written

KINDS = ("tcp", "http", "exec")


def problems(stack: Written) -> Iterator[Problem]:
    """Probes of no kind, of several, or of nothing."""
    for workload in stack.get("workloads").items():
        probe = workload.get("probe")
        if not isinstance(probe.value, dict):
            continue
        kinds = [kind for kind in KINDS if probe.get(kind)]
        if not kinds:
            yield Problem(probe.location, "it does not say how to probe", "one of tcp, http and exec, or `probe: none`")
        for kind in kinds[1:]:
            yield Problem((*probe.location, kind), f"the probe is one of {kinds[0]} already", "one of them")
        if not any(workload.get("ports").items()):
            yield Problem(
                probe.location,
                "the workload has no ports: it only calls, and nobody asks for its health",
                f"the ports that it serves, or no probe (found {enumerate_words(kinds, 'and') or 'none'})",
            )
