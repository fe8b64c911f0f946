"""What the doctor says of control planes beside each other, and of one that others upgraded."""

from __future__ import annotations

from pathlib import Path

from meshx.config.loading import load
from meshx.control_plane.revisions.revision_plan import RevisionPlan
from meshx.doctor.checks.revisions_check import check_revisions
from meshx.doctor.finding import State
from tests.unit.reachability.stacks import fill, stack


def test_the_plan_is_a_note_and_a_version_of_others_a_fault(tmp_path: Path) -> None:
    configuration = load(stack(), fill(tmp_path))
    warning = "the adopted control plane default runs Istio 1.32.1, and the file says 1.31: write 1.32.1 there"
    note, fault = check_revisions(RevisionPlan(configuration, ["default stays"], [warning]))
    assert (note.state, note.found) == (State.NOTE, "default stays")
    assert (fault.state, fault.remedy) == (State.FAULT, "write 1.32.1 there")
    assert fault.found.endswith("and the file says 1.31")
