"""`python -m meshx doctor [MACHINE] [--stack STACK]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from meshx.cluster.ownership import owner
from meshx.config.errors.problems import ConfigurationError
from meshx.doctor.examination import examine_stack
from meshx.doctor.report import report
from meshx.doctor.stack_file import StackFileError, chosen_stack, project_name, stack_configuration

HEALTHY, FAULTY, NOT_EXAMINED = 0, 1, 2
"""Exit codes: no fault found; a fault found; nothing could be examined."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("machine", nargs="?", metavar="MACHINE", help="one machine; left out: all of the stack")
    parser.add_argument("--stack", help="the stack; left out: PULUMI_STACK, the only one, or the selected one")


def run(given: argparse.Namespace) -> int:
    """Examine the stack of the project in the current folder; returns the exit code."""
    folder = Path.cwd()
    try:
        stack = chosen_stack(folder, given.stack)
        configuration = stack_configuration(folder, stack)
    except (StackFileError, ConfigurationError) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_EXAMINED
    machines = [machine for machine in configuration.machines if given.machine in {None, machine.name}]
    if given.machine and not machines:
        names = ", ".join(machine.name for machine in configuration.machines) or "none"
        sys.stderr.write(f"the stack has no machine {given.machine}; it has {names}\n")
        return NOT_EXAMINED
    examined = examine_stack(configuration, machines, owner(project_name(folder), stack))
    return FAULTY if report(Console(), examined) else HEALTHY
