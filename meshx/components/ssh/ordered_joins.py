"""The order of machines over SSH: the joins of a wave wait for the gate of the one before.

The engine waits, and not the plugin: it runs so many steps at once and no more, so a step that waited for others could
wait for ever.
"""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi

from meshx.components.resources.wave import Wave
from meshx.config.resolved import Machine
from meshx.config.stack import StackConfiguration
from meshx.join.asked_calls import asked_calls
from meshx.rollout.wave_inputs import OF_THE_JOIN, looked_at, restarts_for
from meshx.rollout.waves import waves
from meshx.stack.awaited_outputs import substituted
from meshx.stack.logical_names import named


class Waves:
    """The waves of one mesh; none where its configuration says none."""

    def __init__(self, configuration: StackConfiguration, mesh: pulumi.Resource) -> None:
        rollout = configuration.rollout
        workloads = {
            machine.name: f"{machine.workload.namespace}/{machine.workload.name}"
            for machine in configuration.machines
            if machine.is_logged_in_to
        }
        self._mesh = mesh
        self._pause_seconds = rollout.pause_seconds
        self._has_way_back = rollout.way_back_seconds is not None
        self._waves = waves(rollout.waves, workloads) if rollout.waves else []
        self._wave_of = {name: number for number, names in enumerate(self._waves) for name in names}
        self._gates: list[asyncio.Future[pulumi.Resource]] = [asyncio.Future() for _ in self._waves]
        self._joins: dict[str, pulumi.Resource] = {}
        self._inputs: dict[str, Mapping[str, Any]] = {}

    def before(self, machine: Machine) -> list[pulumi.Input[pulumi.Resource]]:
        """What a machine's join waits for, which is made only once all joins are."""
        number = self._wave_of.get(machine.name, 0)
        return [pulumi.Output.from_input(self._gates[number - 1])] if number else []

    def holds(self, machine: Machine) -> int | None:
        """For how long its wave holds a machine that has a way back; None: not at all."""
        number = self._wave_of.get(machine.name)
        return (self._pause(number) or None) if self._has_way_back and number is not None else None

    def takes(self, machine: Machine, join: pulumi.Resource, inputs: Mapping[str, Any]) -> None:
        """Note a machine's join, with its inputs."""
        self._joins[machine.name] = join
        self._inputs[machine.name] = inputs

    @property
    def joins(self) -> list[pulumi.Resource]:
        """Those of all machines so far."""
        return [*self._joins.values()]

    @contextmanager
    def gates(self) -> Generator[None]:
        """Make the gates once the block has made all joins."""
        try:
            yield
        except BaseException as error:
            # The joins that wait would wait for ever, and the program with them.
            for gate in self._gates:
                gate.set_exception(error)
            raise
        for number, names in enumerate(self._waves):
            self._gates[number].set_result(self._gate(number, names))

    def _gate(self, number: int, names: list[str]) -> Wave:
        return Wave(
            named(f"wave/{number + 1}"),
            {
                "wave": number + 1,
                "of": len(self._waves),
                "pauseSeconds": self._pause(number),
                "machines": {name: _looked_at(self._inputs[name]) for name in names},
            },
            pulumi.ResourceOptions(parent=self._mesh, depends_on=[self._joins[name] for name in names]),
        )

    def _pause(self, number: int) -> int:
        """Nobody waits for the last wave."""
        return 0 if number == len(self._waves) - 1 else self._pause_seconds


def _looked_at(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a gate has to know of a machine, out of its join's inputs."""
    # A digest of placeholders would be another one in each run.
    bundle = pulumi.Output.from_input(substituted(inputs["bundle"]))
    kept = {key: inputs[key] for key in OF_THE_JOIN}
    return {
        **{key: value for key, value in kept.items() if value is not None},
        "restartsFor": bundle.apply(restarts_for),
        "bundle": looked_at(inputs["bundle"]),
        "calls": bundle.apply(asked_calls),
    }
