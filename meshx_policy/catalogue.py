"""All rules of the pack."""

from meshx_policy.rules import (
    clusters,
    exposed_addresses,
    gateways,
    host_keys,
    labels,
    lifetimes,
    mesh_ports,
    mutual_tls,
    packages,
    production,
    secrets,
    service_accounts,
    stack_keys,
    tunnels,
    versions,
    when_down,
)
from meshx_policy.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    secrets.RULE,
    stack_keys.RULE,
    host_keys.RULE,
    exposed_addresses.RULE,
    gateways.RULE,
    service_accounts.RULE,
    mesh_ports.RULE,
    mutual_tls.RULE,
    mutual_tls.MESH_RULE,
    when_down.RULE,
    tunnels.RULE,
    versions.RULE,
    packages.RULE,
    production.PROTECTED_RULE,
    production.LATEST_RULE,
    clusters.RULE,
    labels.OWNER_RULE,
    labels.REQUIRED_RULE,
    lifetimes.RULE,
)
