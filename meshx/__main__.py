"""`meshx COMMAND`, or `python -m meshx COMMAND`: commands besides the program that Pulumi runs."""

from __future__ import annotations

import argparse
import sys

OLDEST_PYTHON = (3, 10)
NOT_STARTED = 2


def main() -> int:
    """Run one command; returns the exit code."""
    if sys.version_info < OLDEST_PYTHON:
        return _not_started(f"is {sys.version.split()[0]}, and meshx needs 3.10 or later")
    try:
        from meshx.doctor import command as doctor  # noqa: PLC0415 - told in one sentence where it fails
        from meshx.new_project import init_command  # noqa: PLC0415
        from meshx.provider import plugin_command  # noqa: PLC0415
        from meshx.recovery import recovering  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "meshx").partition(".")[0] == "meshx":
            raise
        return _not_started(f"has no module {error.name}")
    parser = argparse.ArgumentParser(prog="meshx", description="Commands for a stack of meshx.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (init_command, plugin_command, doctor, recovering):
        command.add_parser(commands)
    given = parser.parse_args()
    return given.run(given)


def _not_started(why: str) -> int:
    sys.stderr.write(
        f"meshx can't start: {sys.executable} {why}. Run it in the project's virtual environment, "
        "`.venv/bin/python -m meshx ...`, which `pip install pulumi-meshx` fills, or in a checkout `make .venv/ready`\n"
    )
    return NOT_STARTED


if __name__ == "__main__":
    sys.exit(main())
