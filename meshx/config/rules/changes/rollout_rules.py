"""Waves grow until they reach everybody, and leave of each workload somebody to serve meanwhile."""

from collections.abc import Iterator
from itertools import pairwise

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines, machines_and_groups
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine
from meshx.rollout.waves import WHOLE, is_share, is_size, reached


def problems(stack: Written) -> Iterator[Problem]:
    """Waves that never reach everybody, shrink, or take a whole workload at once; a way back that is over too soon."""
    rollout = stack.get("rollout")
    members = _members(stack)
    sizes = list(rollout.get("waves").items())
    if all(is_size(_text(size)) for size in sizes):
        yield from _size_problems(rollout.get("waves"), sizes, members)
    yield from _too_many_at_once(rollout.get("maxUnavailable"), members)
    yield from _back_too_soon(rollout.get("wayBackSeconds"), stack)
    if rollout.get("pauseSeconds") and not sizes:
        yield Problem(rollout.get("pauseSeconds").location, "there are no waves to pause between", "waves, or no pause")


def of_the_whole(stack: Written) -> Iterator[Problem]:
    """Waves that reach nobody in all of a mesh; in a part of it they may."""
    rollout, there = stack.get("rollout"), list(machines_and_groups(stack))
    sizes, members = list(rollout.get("waves").items()), len(_members(stack))
    if all(is_size(_text(size)) for size in sizes):
        for before, after in pairwise(sizes):
            mixed = is_share(_text(before)) != is_share(_text(after))
            if mixed and reached(_text(after), members) < reached(_text(before), members):
                yield _shrinks(before, after)
    if rollout and there and all(one.is_instance for one in there):
        yield Problem(
            rollout.location,
            "no machine of this stack is logged in to, and instances join by themselves: they are in no wave",
            "machines over SSH, or nothing under meshx:rollout",
        )


def _size_problems(place: Written, sizes: list[Written], members: dict[str, str]) -> Iterator[Problem]:
    if place.value == []:
        yield Problem(place.location, "no wave reaches any machine", f'[1, "25%", "{WHOLE}"], or leave the key out')
    if sizes and _text(sizes[-1]) != WHOLE:
        yield Problem(
            sizes[-1].location,
            f"the waves never reach everybody: the last reaches {sizes[-1].value}",
            f'"{WHOLE}" as the last',
        )
    for before, after in pairwise(sizes):
        same = is_share(_text(before)) == is_share(_text(after))
        if same and int(_text(after).rstrip("%")) <= int(_text(before).rstrip("%")):
            yield _shrinks(before, after)
    if [_text(size) for size in sizes] == [WHOLE]:
        for workload in sorted(set(members.values())):
            if list(members.values()).count(workload) > 1:
                yield Problem(
                    sizes[0].location,
                    f"a single wave takes all machines of workload {workload} at once",
                    f'a smaller one before it: [1, "{WHOLE}"]',
                )


def _shrinks(before: Written, after: Written) -> Problem:
    """Of one kind they have to grow whatever the machines; of two, with few machines, they may reach as many."""
    return Problem(
        after.location,
        f"{after.value} reaches no more machines than {before.value} before it: each counts all before it",
        "sizes that grow",
    )


def _too_many_at_once(most: Written, members: dict[str, str]) -> Iterator[Problem]:
    if most.number is None:
        return
    for workload in sorted(set(members.values())):
        count = list(members.values()).count(workload)
        if 1 < count <= most.number:
            yield Problem(
                most.location,
                f"all {count} machines of workload {workload} could restart at once, and nobody would serve",
                f"at most {count - 1}",
            )


def _back_too_soon(time: Written, stack: Written) -> Iterator[Problem]:
    """The time runs while callers go elsewhere, and anew while the machine gets healthy (way_back.sh, arm_switch)."""
    if time.number is None or written_line(stack.get("mesh", "istioVersion").text) is IstioLine.CLASSIC:
        return
    waits = [
        place
        for workload in {one.workload.location: one.workload for one in machines(stack) if not one.is_instance}.values()
        if workload.get("probe").text != "none" and (workload.get("probe") or workload.get("ports").value)
        for place in (workload.get("drainSeconds"), workload.get("probe", "initialDelaySeconds"))
        if (place.number or 0) >= time.number
    ]
    if waits:
        longest = max(waits, key=lambda place: place.number or 0)
        yield Problem(
            time.location,
            f"a machine would go back before a change is done: {longest.path} alone takes {longest.number} s",
            "more than that, and the time that a proxy (120 s) and a probe take to get ready; or a shorter time there",
        )


def _text(size: Written) -> str:
    return size.text if size.number is None else str(size.number)


def _members(stack: Written) -> dict[str, str]:
    """The workload of each machine that is logged in to, as `namespace/name`."""
    return {
        one.place.get("name").text: f"{one.workload.get('namespace').text}/{one.workload.get('name').text}"
        for one in machines(stack)
        if not one.is_instance and not one.is_revoked
    }
