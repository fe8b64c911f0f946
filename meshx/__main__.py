"""`python -m meshx COMMAND`: what meshx does beside the program that Pulumi runs."""

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
            help="find what is wrong with the cluster's side and the machines of a stack, and what to do",
            description="Looks at the stack's cluster and machines, changes nothing, and prints what is wrong, the "
            "likely cause and the remedy. Exit code: 0 no fault, 1 a fault, 2 nothing could be examined.",
        )
    )
    return doctor.run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
