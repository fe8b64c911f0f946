"""Joining a machine whose iptables are of the legacy kind instead of nftables'.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import machines
from tests.e2e.adoption.joining import adopting, check_calls_both_ways
from tests.e2e.machine.plain_calls import is_answered
from tests.e2e.stack.machine_listing import differences, listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import second_machine

pytestmark = pytest.mark.usefixtures("mesh")

MACHINE = "vm-3"
LEFT_BY_THE_LEGACY_FILTER = ("rules: + *", "rules: + :", "rules: + COMMIT", "files: + /run/xtables.lock ")
"""Its lock, and each table that it was asked for once: these stay, empty, until the next boot."""


@pytest.fixture(scope="module")
def before(mesh: None) -> Iterator[dict[str, list[str]]]:
    """The machine, which keeps to legacy iptables for as long as this file runs."""
    for command in ("iptables", "ip6tables"):
        machines.execute(MACHINE, ["update-alternatives", "--set", command, f"/usr/sbin/{command}-legacy"])
    yield listing(MACHINE)
    for command in ("iptables", "ip6tables"):
        machines.execute(MACHINE, ["update-alternatives", "--auto", command])
    machines.reboot(MACHINE)


@pytest.fixture(scope="module")
def project(before: dict[str, list[str]], new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with the one machine; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    new_project.configure(lambda config: config["workloads"][0].update(machines=[second_machine()], whenDown="closed"))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def test_its_sidecar_keeps_to_them_and_calls_pass_both_ways(project: MeshProject) -> None:
    project.expect("up", "--yes", "--skip-preview")
    check_calls_both_ways(MACHINE)
    assert "ISTIO_OUTPUT" in machines.execute(MACHINE, ["iptables-legacy", "-t", "nat", "-S"]).stdout
    assert "ISTIO" not in machines.execute(MACHINE, ["nft", "list", "ruleset"]).stdout
    project.expect("preview", "--refresh", "--expect-no-changes")
    machines.execute(MACHINE, ["systemctl", "stop", "istio"])
    assert "ISTIO" not in machines.execute(MACHINE, ["iptables-legacy-save"]).stdout
    assert not is_answered(MACHINE), "closed while it is down"
    machines.execute(MACHINE, ["nft", "delete", "table", "inet", "meshx_closed"])
    assert is_answered(MACHINE), "what refuses the call"


def test_no_rule_is_left_when_it_has_left(project: MeshProject, before: dict[str, list[str]]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    left = [line.removeprefix("IPv4 ").removeprefix("IPv6 ") for line in differences(before, listing(MACHINE))]
    assert not [line for line in left if not line.startswith(LEFT_BY_THE_LEGACY_FILTER)]
