"""`python -m meshx COMMAND`: commands besides the program that Pulumi runs."""

from __future__ import annotations

import argparse
import sys

from meshx.doctor import command as doctor


def main() -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m meshx", description="Commands for a stack of meshx.")
    commands = parser.add_subparsers(dest="command", required=True)
    doctor.add_arguments(
        commands.add_parser(
            "doctor",
            help="find faults of a stack's cluster and machines, and their remedies",
            description="Checks the stack's cluster and machines, changes nothing, and prints each fault, the likely "
            "cause and the remedy. Exit code: 0 no fault, 1 a fault, 2 nothing could be checked.",
        )
    )
    return doctor.run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
