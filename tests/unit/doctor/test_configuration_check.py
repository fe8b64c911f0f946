"""What the doctor says of how long the configuration is."""

import pytest

from meshx.doctor.checks.configuration_check import check_configuration_size
from meshx.doctor.finding import State
from meshx.stack.configuration_size import LONGEST, NEAR

NEARLY = int(NEAR * LONGEST)


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        (200, State.OK),
        (NEARLY - 1, State.OK),
        (NEARLY, State.NOTE),
        (LONGEST, State.NOTE),
        (LONGEST + 1, State.FAULT),
    ],
)
def test_what_no_run_starts_with_is_a_fault_and_what_is_near_it_a_note(taken: int, state: State) -> None:
    (found,) = check_configuration_size(taken)
    assert found.state is state
    assert "of the 128 KiB that Linux lets Pulumi hand over" in found.found
    assert state is State.OK or "machinesFrom" in found.found + found.remedy
