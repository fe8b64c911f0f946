"""What a refresh compares of a machine, the doctor finds fault with."""

import pytest

from tests.unit.doctor.healthy_classic_machine import WANTED
from tests.unit.doctor.test_classic_machine_checks import FAULTY as CLASSIC
from tests.unit.doctor.test_machine_checks import FAULTY as ISTIOD

NEVER_DIFFER = {"readiness"}
"""Parts that only say how a machine is looked at."""


@pytest.mark.parametrize("part", sorted(set(WANTED.bundle) - NEVER_DIFFER))
def test_each_part_that_may_differ_has_a_case_among_the_faults(part: str) -> None:
    views = [case[0] for case in (*ISTIOD, *CLASSIC)]
    assert any(view.found.get(part) != view.wanted.bundle.get(part) for view in views)
