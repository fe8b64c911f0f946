"""When the program warns that the configuration will soon be too long to be handed over."""

import json
import os
import subprocess

import pytest

from meshx.stack.configuration_size import LONGEST, VARIABLE, bytes_taken, warning_of_size

MACHINE = {"name": "m-0001", "address": "10.77.0.11", "ssh": {"hostKey": f"ssh-ed25519 {'A' * 68}"}}


def handed_over(machines: int) -> str:
    """The variable of a stack with so many machines, as Pulumi fills it: structures as texts."""
    return json.dumps({"meshx:workloads": json.dumps([{"name": "shop", "machines": [MACHINE] * machines}])})


def warning(value: str) -> str:
    return warning_of_size(bytes_taken(value))


def test_a_small_configuration_is_not_warned_of() -> None:
    assert (warning(handed_over(100)), warning("")) == ("", "")


def test_a_long_one_is_warned_of_while_runs_still_start() -> None:
    most = next(count for count in range(1000) if bytes_taken(handed_over(count + 1)) > LONGEST)
    for machines in (most, most * 4 // 5):
        told = warning(handed_over(machines))
        assert "of the 128 KiB" in told and "machinesFrom" in told


@pytest.mark.parametrize(("length", "starts"), [(LONGEST, True), (LONGEST + 1, False)])
def test_linux_starts_no_program_with_a_longer_variable(length: int, starts: bool) -> None:
    value = "x" * (length - len(VARIABLE) - 2)
    assert bytes_taken(value) == length
    try:
        subprocess.run(["true"], check=True, env={**os.environ, VARIABLE: value})
    except OSError as error:
        assert not starts and error.strerror == "Argument list too long"
    else:
        assert starts
