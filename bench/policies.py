"""A preview of many machines that the policies judge, against the same preview without them.

All machines are in the state already, so both find nothing to do but to tell the new table of who reaches what.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.many import get_state, multiplied, put_state
from bench.previews import ONE, configure_many, copy_of, names
from bench.project import project, with_machines
from bench.ratio import Ratio, least_of_both
from bench.serving import serving

MACHINES = 200
ROUNDS = 3
PREVIEW = ("preview",)
JUDGED = (*PREVIEW, "--policy-pack", "policy")


def measure() -> Iterator[Ratio]:
    """A preview of 200 machines, judged and not."""
    with project() as made, serving([ONE]):
        with_machines(made, [ONE])
        made.expect("up", "--yes", "--skip-preview")
        joined = get_state(made)
        try:
            put_state(made, multiplied(joined, ONE, [copy_of(name) for name in names(MACHINES)]))
            made.configure(lambda config: configure_many(config, MACHINES))
            judged, plain = least_of_both(lambda: made.expect(*JUDGED), lambda: made.expect(*PREVIEW), ROUNDS)
        finally:
            put_state(made, joined)
    subject, against = f"preview of {MACHINES} machines with the policies", "the same preview without them"
    yield Ratio(subject, against, judged.seconds, plain.seconds, goal=2)
    yield Ratio(f"{subject} (CPU time)", against, judged.cpu, plain.cpu)
