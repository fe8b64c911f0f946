"""`python -m meshx doctor [MACHINE] [--stack STACK]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from meshx.config.errors.problems import ConfigurationError
from meshx.doctor.checks.configuration_check import check_configuration_size
from meshx.doctor.checks.state_check import check_state
from meshx.doctor.examination import Examined, examine_stack
from meshx.doctor.finding import note
from meshx.doctor.report import report
from meshx.recovery.state_files import StateFiles, look_at_state
from meshx.stack.configuration_size import bytes_taken
from meshx.stack.pulumi_command import PulumiCommandError
from meshx.stack.stack_choice import StackChoiceError, chosen_stack, configuration_of, owner_of, settings_of

HEALTHY, FAULTY, NOT_EXAMINED = 0, 1, 2
"""Exit codes: no fault found; a fault found; nothing could be examined."""


def add_parser(commands: Any) -> None:
    """Declare the command and its arguments, among argparse's others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="find what is wrong with the cluster's side and the machines of a stack, and what to do",
        description="Looks at the stack's state, cluster and machines, changes nothing, and prints what is wrong, the "
        "likely cause and the remedy. Exit code: 0 no fault, 1 a fault, 2 nothing could be examined.",
    )
    parser.add_argument("machine", nargs="?", metavar="MACHINE", help="one machine; left out: all of the stack")
    parser.add_argument("--stack", help="the stack; left out: PULUMI_STACK, the selected one, or the only one")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Examine the stack of the project in the current folder; returns the exit code."""
    state: StateFiles | None = None
    try:
        stack = chosen_stack(Path.cwd(), given.stack)
        state = look_at_state(stack)
        settings = settings_of(stack)
        configuration = configuration_of(settings)
    except (StackChoiceError, ConfigurationError) as error:
        return _not_examined(str(error))
    except PulumiCommandError as error:
        # A state that Pulumi can't read hides the configuration as well.
        faults = [] if state is None else [fault for fault in check_state(state) if fault.remedy]
        return _not_examined(
            "\n".join(f"{one.found}: {one.cause}. Remedy: {one.remedy}" for one in faults) or str(error)
        )
    machines = [machine for machine in configuration.machines if given.machine in {None, machine.name}]
    revoked = [machine for machine in configuration.revoked_machines if given.machine in {None, machine.name}]
    if given.machine and not machines and not revoked:
        names = ", ".join(machine.name for machine in configuration.machines) or "none"
        return _not_examined(f"the stack has no machine {given.machine}; it has {names}")
    of_stack = [*check_state(state), *check_configuration_size(bytes_taken(settings.handed_over))]
    examined = [Examined(f"state of {stack.name}", of_stack)]
    examined += examine_stack(configuration, machines, owner_of(stack, configuration))
    examined += [Examined(one.name, [note("revoked", "nobody logs in to it")]) for one in revoked]
    return FAULTY if report(Console(), examined) else HEALTHY


def _not_examined(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_EXAMINED
