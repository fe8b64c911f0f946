"""What a stack's machines make of its networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshx.config.loading import load
from meshx.config.stack_networks import has_others, stack_networks
from tests.unit.reachability.stacks import group, instances, machine, stack, workload

OWN = frozenset({"network1"})
NEAR = stack(workload(machine(1), machine(2, network="network1")))


@pytest.mark.parametrize(
    ("values", "elsewhere"),
    [
        (NEAR, False),
        (stack(workload(machine(1), machine(2, network="network2"))), True),
        (instances(group()), False),
        (instances(group(network="network2"), networks=["network2"]), True),
    ],
)
def test_the_gateway_listens_for_machines_and_groups_of_other_networks(
    project: Path, values: dict[str, Any], elsewhere: bool
) -> None:
    configuration = load(values, project)
    assert has_others(configuration) is elsewhere
    assert stack_networks(configuration, OWN).gateway_passes is elsewhere


def test_a_gateway_that_others_had_listen_goes_on_listening(project: Path) -> None:
    assert stack_networks(load(NEAR, project), OWN, passes=True).gateway_passes
