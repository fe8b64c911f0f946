"""Rules that look at more than one place of the configuration."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.errors.problems import Problem
from meshx.config.rules import (
    address_rules,
    chart_rules,
    chart_value_rules,
    classic_rules,
    command_rules,
    dns_rules,
    exposed_rules,
    gce_rules,
    host_key_rules,
    identity_rules,
    key_rules,
    kubeconfig_rules,
    mutual_tls_rules,
    name_rules,
    network_rules,
    port_rules,
    probe_rules,
    revocation_rules,
    sidecar_rules,
    token_renewal_rules,
)
from meshx.config.rules.changes import former_rules, revision_rules, rollout_rules, trust_rules
from meshx.config.rules.traffic import gateway_rules, load_balancing_rules, uncaptured_rules
from meshx.config.rules.written import Written


def contradictions(stack: Written, base: Path, logs_in: bool = True, *, whole: bool = True) -> Iterator[Problem]:
    """Everything that is wrong between places.

    stack: all that is written, by top-level key. base: the folder that relative paths start from.
    logs_in: whether this run may log in to machines: if not, it needs no SSH agent. whole: whether all of the mesh is
    there, and not a part alone.
    """
    for rules in (
        address_rules,
        chart_value_rules,
        classic_rules,
        command_rules,
        dns_rules,
        exposed_rules,
        gateway_rules,
        gce_rules,
        host_key_rules,
        identity_rules,
        key_rules,
        load_balancing_rules,
        mutual_tls_rules,
        name_rules,
        network_rules,
        port_rules,
        probe_rules,
        revision_rules,
        revocation_rules,
        rollout_rules,
        former_rules,
        token_renewal_rules,
        trust_rules,
        uncaptured_rules,
    ):
        yield from rules.problems(stack)
    for rules in (chart_rules, kubeconfig_rules, sidecar_rules):
        yield from rules.problems(stack, base)
    if whole:
        yield from network_rules.unused(stack)
        yield from rollout_rules.of_the_whole(stack)
    if logs_in:
        yield from command_rules.without_agent(stack)
