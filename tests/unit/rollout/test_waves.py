"""Which machine restarts in which wave (meshx/rollout/waves.py)."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from meshx.rollout.waves import reached, waves

SIZES = ("1", "25%", "100%")


def workload_of(count: int, name: str = "shop") -> dict[str, str]:
    return {f"{name}-{number}": name for number in range(count)}


@pytest.mark.parametrize(
    ("size", "machines", "count"),
    [("1", 8, 1), ("25%", 8, 2), ("25%", 9, 3), ("1%", 3, 1), ("100%", 7, 7), ("9", 4, 4)],
)
def test_sizes_are_numbers_or_shares_rounded_up(size: str, machines: int, count: int) -> None:
    assert reached(size, machines) == count


def test_waves_reach_as_many_as_their_sizes_say() -> None:
    assert [len(wave) for wave in waves(SIZES, workload_of(8))] == [1, 1, 6]
    assert [len(wave) for wave in waves(("50%", "100%"), workload_of(4))] == [2, 2]


def test_a_wave_without_machines_is_left_out() -> None:
    assert [len(wave) for wave in waves(SIZES, workload_of(2))] == [1, 1]
    assert waves(SIZES, {}) == []


def test_every_machine_is_in_one_wave_and_never_all_of_a_workload_in_the_same() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    for _ in range(300):
        machines = dict(chain.from_iterable(workload_of(chance.randrange(1, 6), f"w{w}").items() for w in range(4)))
        sizes = chance.choice([SIZES, ("2", "100%"), ("10%", "50%", "100%"), ("1", "2", "3", "100%"), ("99%", "100%")])
        found = waves(sizes, machines)
        assert sorted(chain.from_iterable(found)) == sorted(machines)
        for workload in set(machines.values()):
            members = {name for name in machines if machines[name] == workload}
            assert len(members) == 1 or not any(members <= set(wave) for wave in found), (sizes, machines, found)


def test_the_order_of_the_file_changes_nothing() -> None:
    machines = {**workload_of(5), **workload_of(3, "cart")}
    assert waves(SIZES, machines) == waves(SIZES, dict(reversed(machines.items())))


def test_a_machine_more_moves_few_others() -> None:
    def place(machines: dict[str, str]) -> dict[str, int]:
        return {name: number for number, wave in enumerate(waves(SIZES, machines)) for name in wave}

    before, after = place(workload_of(20)), place(workload_of(21))
    assert sum(before[name] != after[name] for name in before) <= 3
