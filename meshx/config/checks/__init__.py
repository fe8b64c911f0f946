"""Rules that look at more than one place of the configuration."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.checks import (
    addresses,
    charts,
    classic,
    commands,
    dns,
    exposed,
    gce,
    host_keys,
    identities,
    keys,
    kubeconfig,
    mutual_tls,
    names,
    networks,
    ports,
    probes,
    sidecar,
    token_renewal,
)
from meshx.config.problems import Problem
from meshx.config.written import Written


def contradictions(stack: Written, base: Path) -> Iterator[Problem]:
    """Everything that is wrong between places.

    stack: all that is written, by top-level key. base: the folder that relative paths start from.
    """
    for rules in (
        addresses,
        classic,
        commands,
        dns,
        exposed,
        gce,
        host_keys,
        identities,
        keys,
        mutual_tls,
        names,
        networks,
        ports,
        probes,
        sidecar,
        token_renewal,
    ):
        yield from rules.problems(stack)
    for rules in (charts, kubeconfig):
        yield from rules.problems(stack, base)
