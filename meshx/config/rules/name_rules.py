"""Names of workloads and machines, each given once."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.uniqueness import repeated
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines, under_two_workloads


def problems(stack: Written) -> Iterator[Problem]:
    """Names that are taken.

    A machine's name is that of its WorkloadEntry and the key of its row in the stack's output `machines`.
    """
    workloads = list(stack.get("workloads").items())
    own = [((place.get("namespace").text, place.get("name").text), place.get("name")) for place in workloads]
    yield from repeated(own, "the workload's name", "another name, or one workload with the machines of both")
    further = [
        ((workload.get("namespace").text, service.get("name").text), service.get("name"))
        for workload in workloads
        for service in workload.get("services").items()
    ]
    found = repeated([*own, *further], "the Service's name", "another name: a namespace has one Service of each")
    yield from (one for one in found if "services" in one.location)
    of_others = {one.place.location for one in under_two_workloads(stack)}
    yield from repeated(
        (
            (one.place.get("name").text, one.place.get("name"))
            for one in machines(stack)
            if one.place.location not in of_others
        ),
        "the machine's name",
        "another name: machines are told apart by it in all workloads",
    )
    for one in machines(stack):
        if one.place.location in of_others:
            yield Problem(
                one.place.location,
                f"{one.place.get('name').text} is a machine of another workload already: a machine has one proxy, and "
                "a proxy has one identity",
                "the machine under one workload, with the other's name and ports under that one's `services`",
            )
