"""Joining one machine against the same steps scripted by hand, and eight machines against one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.project import project, with_machines
from bench.ratio import Ratio, seconds
from bench.serving import serving
from sandbox import machines
from tests.e2e.stack import by_hand
from tests.e2e.stack.mesh_project import MeshProject

ROUNDS = 7
ROUNDS_OF_EIGHT = 3
EIGHT = [f"vm-{number}" for number in range(1, 9)]
ONE = EIGHT[0]


def measure() -> Iterator[Ratio]:
    """Both ratios, each of the shortest of some rounds; the machines are blank at each beginning."""
    with project() as made, serving([ONE]):
        by_script: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            by_script.append(_by_hand(made))
            ours.append(_join(made, [ONE]))
        yield Ratio(
            "joining one machine (pulumi up)", "the same steps by ssh and scp", min(ours), min(by_script), goal=1.5
        )
        with ExitStack() as started:
            for name in EIGHT[2:]:
                machines.start(name)
                started.callback(machines.stop, name)
            started.enter_context(serving(EIGHT[1:]))
            one: list[float] = []
            eight: list[float] = []
            for _ in range(ROUNDS_OF_EIGHT):
                one.append(_join(made, [ONE]))
                eight.append(_join(made, EIGHT))
        yield Ratio("joining eight machines (pulumi up)", "joining one", min(eight), min(one), goal=2)


def _join(made: MeshProject, names: list[str]) -> float:
    """Seconds until these machines have joined; they leave again."""
    with_machines(made, names)
    taken = seconds(lambda: made.expect("up", "--yes", "--skip-preview"))
    with_machines(made, [])
    made.expect("up", "--yes", "--skip-preview")
    return taken


def _by_hand(made: MeshProject) -> float:
    guide = by_hand.Guide("vm", "vmhttp", "vmhttp", made.outputs()["controlPlane"]["gatewayAddress"])
    with tempfile.TemporaryDirectory() as folder:

        def join() -> None:
            by_hand.write_files(guide, Path(folder))
            by_hand.run_script(ONE, Path(folder))
            by_hand.await_healthy(guide, ONE)

        try:
            return seconds(join)
        finally:
            by_hand.take_out(guide, ONE)
