"""A machine's own packet rules, while it joins and leaves."""

from __future__ import annotations

from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import differences, listing


def test_rules_that_came_after_the_join_stay_when_the_machine_leaves(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    machine.join()
    shell(
        MACHINE,
        "nft 'add table ip nat; add chain ip nat prerouting { type nat hook prerouting priority dstnat; };"
        " add rule ip nat prerouting tcp dport 8081 redirect to :8080'",
    )
    theirs = shell(MACHINE, "nft -s list chain ip nat prerouting")
    machine.leave()
    try:
        assert shell(MACHINE, "nft -s list chain ip nat prerouting") == theirs
        assert "ISTIO" not in shell(MACHINE, "nft list ruleset")
    finally:
        shell(MACHINE, "nft delete table ip nat")
    assert not differences(before, listing(MACHINE))
