"""The parts of the measurements that need no sandbox."""

import json
import subprocess
import sys

from bench import imports
from bench.many import multiplied
from bench.ratio import Ratio, least_of_each, table


def test_a_ratio_says_whether_its_goal_is_met() -> None:
    assert Ratio("a", "b", 3.0, 2.0, goal=1.5).verdict == "goal 1.5: met"
    assert Ratio("a", "b", 4.0, 2.0, goal=1.5).verdict == "goal 1.5: missed"
    assert "| a | b | 2.00 |" in table([Ratio("a", "b", 4.0, 2.0)])


def test_the_least_of_some_rounds_counts_the_cpu_time_of_the_programs_that_run() -> None:
    busy, idle = least_of_each(
        2,
        lambda: subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True),
        lambda: subprocess.run(["true"], check=True),
    )
    assert busy.seconds > idle.seconds
    assert busy.cpu > 0.05 > idle.cpu


def test_a_state_is_multiplied_by_its_machine_alone() -> None:
    resources = [
        {"urn": "urn:pulumi:dev::meshx::T::vm/vmhttp", "inputs": {"first": "vm-1"}},
        {"urn": "urn:pulumi:dev::meshx::T::vm/vmhttp/vm-1", "inputs": {"address": "10.77.0.11"}},
    ]
    copies = [{"vm-1": f"m-{number}", "10.77.0.11": f"10.99.0.{number}"} for number in (1, 2)]
    made = json.loads(multiplied(json.dumps({"deployment": {"resources": resources}}), "vm-1", copies))
    assert made["deployment"]["resources"] == [
        resources[0],
        {"urn": "urn:pulumi:dev::meshx::T::vm/vmhttp/m-1", "inputs": {"address": "10.99.0.1"}},
        {"urn": "urn:pulumi:dev::meshx::T::vm/vmhttp/m-2", "inputs": {"address": "10.99.0.2"}},
    ]


def test_importing_meshx_loads_nothing_that_only_some_stacks_need() -> None:
    assert imports.loaded_of(imports.OPTIONAL) == []
    assert imports.loaded_of(("pulumi", "argparse_of_nobody")) == ["pulumi"]
