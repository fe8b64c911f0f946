"""Machines in files make what those in the stack's file make, and each costs the same, however many there are."""

import csv
import gc
import time
from pathlib import Path
from typing import Any

from tests.program.recorded_program import Registered, run

COLUMNS = ("name", "address", "network", "labels.rack", "ssh.hostKeyFile")
Values = dict[str, Any]


def rows(count: int, workload: int = 0) -> list[list[str]]:
    """So many machines of a workload, every third on another network, as rows of CSV."""
    return [
        [
            f"m-{workload}-{number}",
            f"10.{workload}.{number // 250}.{number % 250 + 1}",
            network,
            f"r{number % 9}",
            "id.pub",
        ]
        for number in range(count)
        for network in ["" if number % 3 else "network2"]
    ]


def machine(row: list[str]) -> Values:
    """The same machine as the stack's file has it."""
    name, address, network, rack, key = row
    place = {"network": network} if network else {}
    return {"name": name, "address": address, "labels": {"rack": rack}, "ssh": {"hostKeyFile": key}, **place}


def write(file: Path, machines: list[list[str]]) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([COLUMNS, *machines])


def made(values: Values, folder: Path) -> dict[str, Registered]:
    """What is registered, in whichever order."""
    return {one.urn: one for one in run(values, folder)}


def test_moving_machines_into_files_changes_nothing(values: Values, folder: Path) -> None:
    workload = values["workloads"][0]
    machines = rows(9)
    workload["machines"] = [machine(row) for row in machines]
    before = made(values, folder)
    write(folder / "a.csv", machines[2:5])
    write(folder / "b.csv", machines[5:])
    workload["machines"] = workload["machines"][:2]
    workload["machinesFrom"] = ["a.csv", "?.csv"]
    assert made(values, folder) == before
    write(folder / "a.csv", machines[:5])
    del workload["machines"]
    assert made(values, folder) == before


def test_a_machine_costs_the_same_among_few_and_among_many(values: Values, folder: Path) -> None:
    def cost(count: int) -> float:
        """CPU time of the program for each of so many machines, in seconds."""
        pattern = values["workloads"][0]
        names = ("a", "b", "c")
        for position, name in enumerate(names):
            write(folder / f"{name}.csv", rows(count // len(names), position))
        files = [{**pattern, "name": name, "machines": [], "machinesFrom": [f"{name}.csv"]} for name in names]
        # What other tests have left is not to be searched for garbage meanwhile.
        gc.collect()
        gc.freeze()
        begun = time.process_time()
        run({**values, "workloads": files}, folder)
        spent = time.process_time() - begun
        gc.unfreeze()
        return spent / count

    cost(9)  # what is loaded and compiled once
    assert min(cost(300), cost(300)) < 1.5 * min(cost(75), cost(75))
