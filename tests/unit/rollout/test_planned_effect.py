"""What previews and waves say that an update does to a machine, held to what join.sh would do."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from meshx.rollout.effect import RESTART, Effect, Effects
from meshx.rollout.planned_effect import planned_effect
from meshx.rollout.wave_inputs import restarts_for
from tests.unit.scripts.joined_machine import JoinedMachine

Change = Callable[[dict[str, Any]], object]

ENV, MESH = "/var/lib/meshx/sidecar/cluster.env", "/etc/istio/config/mesh"
SUM, OTHER_SUM = "0" * 64, "1" * 64
AGENT = {"name": "istio-auth-node-agent", "enabled": True, "active": True}


def bundle() -> dict[str, Any]:
    return {
        "files": {
            ENV: {"content": "A='1'\n", "owner": "root:root", "mode": "0644"},
            MESH: {"content": "defaultConfig: {}\n", "owner": "root:root", "mode": "0644"},
        },
        "hosts": {"istiod.istio-system.svc": "10.77.0.200"},
        "unit": {"name": "istio", "enabled": True, "active": True},
        "package": {"name": "istio-sidecar", "source": "one.deb", "sha256": SUM},
        "packetRules": "in place",
        "upkeep": "in place",
        "certificate": "valid",
    }


CHANGES: dict[str, tuple[Change, Effect]] = {
    "nothing": (lambda of: None, Effect.NOTHING),
    "a file's content": (lambda of: of["files"][ENV].update(content="A='2'\n"), Effect.RESTART),
    "a file's owner": (lambda of: of["files"][ENV].update(owner="istio-proxy:istio-proxy"), Effect.FILE),
    "a file's mode": (lambda of: of["files"][ENV].update(mode="0600"), Effect.FILE),
    "a name's address": (lambda of: of["hosts"].update({"istiod.istio-system.svc": "10.77.0.201"}), Effect.FILE),
    "a package": (lambda of: of["package"].update(sha256=OTHER_SUM), Effect.RESTART),
    "a package's place": (lambda of: of["package"].update(source="mirror/one.deb"), Effect.NOTHING),
    "one file fewer": (lambda of: of["files"].pop(MESH), Effect.RESTART),
    "a node agent": (lambda of: of.update(companions=[AGENT]), Effect.RESTART),
    "ports that close": (
        lambda of: of.update(whenDown={"ports": [8080], "callsPastTheProxy": "refused"}),
        Effect.FILE,
    ),
}


@pytest.mark.parametrize(("change", "effect"), CHANGES.values(), ids=CHANGES)
def test_what_is_said_of_an_update_is_what_join_sh_does(change: Change, effect: Effect, tmp_path: Path) -> None:
    before = bundle()
    after = deepcopy(before)
    change(after)
    assert planned_effect({"bundle": before}, {"bundle": after}) == effect
    assert JoinedMachine(tmp_path).restarts(before, after) == (effect is Effect.RESTART)
    # A node agent comes and goes with other files alone, by which a wave knows it.
    if "companions" not in after:
        assert (restarts_for(after) != restarts_for(before)) == (effect is Effect.RESTART)


FOUND: dict[str, tuple[Change, Effect]] = {
    "a certificate that has ended": (lambda of: of.update(certificate="ended"), Effect.RESTART),
    "a unit that is down": (lambda of: of["unit"].update(active=False), Effect.RESTART),
    "a unit that no boot starts": (lambda of: of["unit"].update(enabled=False), Effect.FILE),
    "a restart that waits": (lambda of: of["unit"].update(restart="waits"), Effect.RESTART),
    "files of the package that others replaced": (lambda of: of["package"].update(state="touched"), Effect.RESTART),
    "packet rules that are gone": (lambda of: of.update(packetRules="missing (IPv4)"), Effect.FILE),
    "no upkeep": (lambda of: of.pop("upkeep"), Effect.FILE),
}


@pytest.mark.parametrize(("change", "effect"), FOUND.values(), ids=FOUND)
def test_what_a_refresh_found_is_put_right_by_what_that_takes(change: Change, effect: Effect) -> None:
    found = bundle()
    change(found)
    assert planned_effect({"bundle": found}, {"bundle": bundle()}) == effect


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ({"serviceAccount": "vmhttp"}, {"serviceAccount": "web"}, Effect.REJOIN),
        ({"machineState": "a clone"}, {}, Effect.RESTART),
        ({"undone": "it went back"}, {}, Effect.RESTART),
        ({}, {"wayBackSeconds": 600}, Effect.FILE),
        ({"wayBackSeconds": 600}, {"wayBackSeconds": 700}, Effect.NOTHING),
        ({"drainSeconds": 5}, {"drainSeconds": 7}, Effect.NOTHING),
        ({"entryState": "absent"}, {}, Effect.NOTHING),
    ],
)
def test_inputs_beside_the_bundle_count_where_they_reach_the_machine(
    before: dict[str, Any], after: dict[str, Any], effect: Effect
) -> None:
    assert planned_effect({**before, "bundle": bundle()}, {**after, "bundle": bundle()}) == effect


def test_a_package_for_each_kind_of_machine_counts_by_its_sum() -> None:
    before = bundle()
    before["package"] = {"name": "istio-sidecar", "kinds": {"deb.amd64": {"source": "one.deb", "sha256": SUM}}}
    moved, other = deepcopy(before), deepcopy(before)
    moved["package"]["kinds"]["deb.amd64"]["source"] = "mirror/one.deb"
    other["package"]["kinds"]["deb.amd64"]["sha256"] = OTHER_SUM
    assert restarts_for(moved) == restarts_for(before) != restarts_for(other)
    assert planned_effect({"bundle": before}, {"bundle": other}) == Effect.RESTART


def test_kinds_of_machines_that_differ_are_named() -> None:
    assert RESTART.words == "restarts the sidecar"
    assert RESTART.on_group() == Effect.INSTANCE
    differing = Effects(Effect.RESTART, classic=Effect.NOTHING, instance=Effect.INSTANCE, group=Effect.NOTHING)
    assert differing.words == (
        "restarts the sidecar; on 1.1 to 1.4: changes nothing on the machine; on an instance: replaces the instance; "
        "on a group's: changes nothing on the machine"
    )
    assert differing.on_group() == Effect.NOTHING
