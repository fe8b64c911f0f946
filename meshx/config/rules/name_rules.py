"""Names of workloads and machines, each given once."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines


def problems(stack: Written) -> Iterator[Problem]:
    """Names that are taken.

    A machine's name is that of its WorkloadEntry and the key of its row in the stack's output `machines`.
    """
    workloads = list(stack.get("workloads").items())
    yield from repeated(
        (((place.get("namespace").text, place.get("name").text), place.get("name")) for place in workloads),
        "the workload's name",
        "another name, or one workload with the machines of both",
    )
    yield from repeated(
        ((name.text, name) for name in (machine.place.get("name") for machine in machines(stack))),
        "the machine's name",
        "another name: machines are told apart by it in all workloads",
    )
