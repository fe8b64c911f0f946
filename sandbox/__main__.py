"""The sandbox's command line: `python -m sandbox COMMAND`."""

import argparse
import sys
from collections.abc import Sequence

from sandbox.builds import host


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="One machine as a cloud.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="raise everything that does not run")
    commands.add_parser("down", help="end everything and remove what it left")
    commands.add_parser("status", help="what runs, and what it takes")
    logs = commands.add_parser("logs", help="the end of a part's log")
    logs.add_argument("part", nargs="?", metavar="PART")
    shell = commands.add_parser("shell", help="a shell on a machine")
    shell.add_argument("machine", metavar="MACHINE")
    execute = commands.add_parser("exec", help="run a command on a machine")
    execute.add_argument("machine", metavar="MACHINE")
    execute.add_argument("words", nargs="+", metavar="-- COMMAND")
    for name in ("start", "stop"):
        one = commands.add_parser(name, help=f"{name} one part")
        one.add_argument("part", metavar="PART")
    return parser


def main(words: Sequence[str]) -> int:
    """Run one command; returns the exit code. Prints errors that the user can fix on one line each."""
    given = _arguments().parse_args(words)
    if missing := host.what_is_missing():
        sys.stderr.write(f"{missing}\n")
        return 1
    # Not before: the parts ask the host for things that may be missing.
    from sandbox import commands  # noqa: PLC0415

    return commands.run(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
