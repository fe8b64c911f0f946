"""How a stack's machines wait for each other: waves over all workloads, and the gates between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshx.config.resolved import SshConnection
from meshx.machine.connection_inputs import connection_inputs
from tests.program.recorded_program import Registered, run
from tests.program.test_classic_mesh import INSTALLED as CLASSIC
from tests.program.test_mesh import JOIN, names_before, of_type, the

WAVE = "meshx:index:Wave"


@pytest.fixture
def four(values: dict[str, Any]) -> dict[str, Any]:
    """A stack of two workloads with two machines each."""
    (workload,) = values["workloads"]
    machine = workload["machines"][0]

    def of(name: str, first: int) -> dict[str, Any]:
        members = [{**machine, "name": f"vm-{n}", "address": f"10.77.0.1{n}"} for n in (first, first + 1)]
        return {**workload, "name": name, "machines": members}

    return {**values, "workloads": [of("shop", 1), of("cart", 3)]}


def waves_of(registered: list[Registered]) -> list[set[str]]:
    """The machines of each wave, by what the gates say."""
    gates = sorted(of_type(registered, WAVE), key=lambda one: one.inputs["wave"])
    return [set(gate.inputs["machines"]) for gate in gates]


def test_a_join_waits_for_the_gate_of_the_wave_before_and_a_gate_for_the_joins_of_its_own(
    four: dict[str, Any], folder: Path
) -> None:
    registered = run({**four, "rollout": {"waves": ["50%", "100%"], "pauseSeconds": 30}}, folder)
    first, second = waves_of(registered)
    assert first | second == {"vm-1", "vm-2", "vm-3", "vm-4"}
    for workload in ({"vm-1", "vm-2"}, {"vm-3", "vm-4"}):
        assert not workload <= first
        assert not workload <= second
    for name in first:
        assert f"{WAVE} wave/1" not in names_before(registered, the(registered, JOIN, name))
    for name in second:
        assert f"{WAVE} wave/1" in names_before(registered, the(registered, JOIN, name))
    gates = {gate.name: gate for gate in of_type(registered, WAVE)}
    assert {f"{JOIN} {name}" for name in first} <= names_before(registered, gates["wave/1"])
    assert (gates["wave/1"].inputs["pauseSeconds"], gates["wave/2"].inputs["pauseSeconds"]) == (30, 0)


def test_a_gate_changes_only_with_what_a_sidecar_runs_with(four: dict[str, Any], folder: Path) -> None:
    def digests(values: dict[str, Any]) -> dict[str, str]:
        registered = run({**values, "rollout": {"waves": [1, "100%"]}}, folder)
        return {
            name: machine["restartsFor"]
            for gate in of_type(registered, WAVE)
            for name, machine in gate.inputs["machines"].items()
        }

    before = digests(four)
    four["workloads"][0]["drainSeconds"] = 7
    assert digests(four) == before
    four["workloads"][0]["machines"][0]["labels"] = {"version": "v2"}
    after = digests(four)
    assert {name for name in before if before[name] != after[name]} == {"vm-1"}


def test_nothing_of_it_is_made_without_waves(four: dict[str, Any], folder: Path) -> None:
    registered = run(four, folder)
    assert not of_type(registered, WAVE)
    assert all("wayBackSeconds" not in join.inputs for join in of_type(registered, JOIN))
    (provider,) = of_type(registered, "pulumi:providers:meshx")
    assert "maxUnavailable" not in provider.inputs


def test_a_way_back_and_a_limit_are_handed_on(four: dict[str, Any], folder: Path) -> None:
    registered = run({**four, "rollout": {"wayBackSeconds": 600, "maxUnavailable": 1}}, folder)
    assert [join.inputs["wayBackSeconds"] for join in of_type(registered, JOIN)] == [600] * 4
    (provider,) = of_type(registered, "pulumi:providers:meshx")
    assert int(provider.inputs["maxUnavailable"]) == 1


def test_only_what_a_later_wave_waits_for_is_held(four: dict[str, Any], folder: Path) -> None:
    waves = {"waves": [1, "100%"], "pauseSeconds": 30}
    registered = run({**four, "rollout": {**waves, "wayBackSeconds": 600}}, folder)
    first, second = waves_of(registered)
    held = {join.name: join.inputs.get("heldSeconds") for join in of_type(registered, JOIN)}
    assert held == {**dict.fromkeys(first, 30), **dict.fromkeys(second)}
    machine = next(iter(of_type(registered, WAVE)[0].inputs["machines"].values()))
    assert machine["wayBackSeconds"] == 600
    assert machine["calls"].keys() == {"outward", "inward"}
    registered = run({**four, "rollout": waves}, folder)
    assert not [join.name for join in of_type(registered, JOIN) if "heldSeconds" in join.inputs]


def test_machines_of_the_classic_line_go_in_waves_too(classic: dict[str, Any], folder: Path) -> None:
    machine = classic["workloads"][0]["machines"][0]
    classic["workloads"][0]["machines"].append({**machine, "name": "vm-2", "address": "10.77.0.12"})
    registered = run({**classic, "rollout": {"waves": [1, "100%"]}}, folder, CLASSIC)
    assert [len(wave) for wave in waves_of(registered)] == [1, 1]
    assert "readiness" in next(iter(of_type(registered, WAVE)[0].inputs["machines"].values()))["bundle"]


def test_a_program_that_fails_between_joins_ends(
    four: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SshConnection] = []

    def failing(ssh: SshConnection) -> dict[str, object]:
        made.append(ssh)
        if len(made) == 4:
            raise RuntimeError("no such connection")
        return connection_inputs(ssh)

    monkeypatch.setattr("meshx.components.ssh.ssh_machine.connection_inputs", failing)
    with pytest.raises(RuntimeError, match="no such connection"):
        run({**four, "rollout": {"waves": [1, "100%"]}}, folder)
