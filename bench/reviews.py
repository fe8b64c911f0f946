"""A preview of many machines with all that reviews it, the policies and the table of who reaches what, and without.

All machines are in the state already, so each finds nothing to do, but that the table is another than before.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.many import get_state, multiplied, put_state
from bench.previews import ONE, configure_many, copy_of, names
from bench.project import project, with_machines
from bench.ratio import Ratio, least_of_each
from bench.serving import serving
from sandbox.paths import REPO
from tests.e2e.stack.mesh_project import STACK, MeshProject, make

MACHINES = 200
ROUNDS = 5
PREVIEW = ("preview",)
JUDGED = (*PREVIEW, "--policy-pack", "policy")
TABLE = "meshx:index:ReachabilityTable"
WITHOUT_TABLE = REPO / "bench" / "without_table" / "__main__.py"


def measure() -> Iterator[Ratio]:
    """A preview of 200 machines: with policies and table, with the table alone, and with neither."""
    with project() as made, serving([ONE]):
        with_machines(made, [ONE])
        made.expect("up", "--yes", "--skip-preview")
        joined = get_state(made)
        try:
            put_state(made, multiplied(joined, ONE, [copy_of(name) for name in names(MACHINES)]))
            made.configure(lambda config: configure_many(config, MACHINES))
            with _without_table(made) as plain:
                both, table, neither = least_of_each(
                    ROUNDS,
                    lambda: made.expect(*JUDGED),
                    lambda: made.expect(*PREVIEW),
                    lambda: plain.expect(*PREVIEW, "--expect-no-changes"),
                )
        finally:
            put_state(made, joined)
    subject, against = f"preview of {MACHINES} machines with policies and table", "the same preview with neither"
    yield Ratio(subject, against, both.seconds, neither.seconds, goal=2)
    yield Ratio(f"{subject} (CPU time)", against, both.cpu, neither.cpu)
    subject = f"preview of {MACHINES} machines with the table alone"
    yield Ratio(subject, against, table.seconds, neither.seconds)
    yield Ratio(f"{subject} (CPU time)", against, table.cpu, neither.cpu)


@contextmanager
def _without_table(made: MeshProject) -> Iterator[MeshProject]:
    """The same stack in a folder of its own, by a program that makes no table, and with none in its state."""
    with tempfile.TemporaryDirectory(prefix="meshx-without-table-") as folder:
        plain = make(Path(folder), made.environment)
        (plain.folder / "__main__.py").rename(plain.folder / "program.py")
        shutil.copy(WITHOUT_TABLE, plain.folder)
        stack_file = f"Pulumi.{STACK}.yaml"
        shutil.copy(made.folder / stack_file, plain.folder / stack_file)
        # By its backend it is another stack, which would not touch the objects of this one.
        plain.configure(lambda config: config.setdefault("environment", {}).update(owner=made.owner.mark))
        state = json.loads(get_state(made))
        deployment = state["deployment"]
        deployment["resources"] = [one for one in deployment["resources"] if one["type"] != TABLE]
        put_state(plain, json.dumps(state))
        yield plain
