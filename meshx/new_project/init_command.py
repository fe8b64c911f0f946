"""`meshx init [FOLDER]`: asks, checks what was answered as a run will, and writes the project."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.new_project.project_files import TEMPLATE, in_the_way, project_files, write
from meshx.new_project.questions import QUESTIONS, Answers, Question, answered
from meshx.new_project.stack_values import values_of

WRITTEN, NOT_WRITTEN = 0, 1
"""Exit codes."""
_NEXT = """\
{folder} has a new project. Next, in that folder:
    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/meshx plugin install
    export PULUMI_K8S_ENABLE_PATCH_FORCE=true
    pulumi stack init {stack}
    pulumi preview --policy-pack policy
"""


class NotWrittenError(Exception):
    """No project can be written; the text says why and what to do."""


def add_parser(commands: Any) -> None:
    """Declare the command and its arguments, among argparse's others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "init",
        help="write a new project with a first machine",
        description="Writes a new project of Pulumi: program, stack's file, requirements, policies. It asks for what "
        "no flag says; without a terminal, and with --yes, it takes what it would suggest. It overwrites nothing.",
    )
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="where; left out: the current folder")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument(
        "--template", action="store_true", help="only print the folder of the same template for `pulumi new`"
    )
    for question in QUESTIONS:
        parser.add_argument(f"--{question.flag}", default="", metavar="TEXT", help=question.asks.replace("%", "%%"))
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Write the project; returns the exit code."""
    if given.template:
        sys.stdout.write(f"{TEMPLATE}\n")
        return WRITTEN
    folder: Path = given.folder.absolute()
    by_flags = {question.flag: getattr(given, question.flag.replace("-", "_")) for question in QUESTIONS}
    try:
        ask = None if given.yes or not sys.stdin.isatty() else _ask
        answers, refusals = answered(by_flags, ask, folder.resolve().name)
        if refusals:
            raise NotWrittenError("\n".join(refusals))
        write(folder, _checked_files(folder, answers))
    except NotWrittenError as error:
        return _not_written(str(error))
    except (EOFError, KeyboardInterrupt):
        return _not_written("\nnothing was answered, and nothing written")
    except OSError as error:
        return _not_written(
            f"{error.filename} can't be written ({error.strerror}): name a folder that you may write to"
        )
    sys.stdout.write(_NEXT.format(folder=folder, stack=answers["stack"]))
    return WRITTEN


def _checked_files(folder: Path, answers: Answers) -> dict[str, str]:
    """The project's files, none of which is there, with a configuration that a run accepts; NotWrittenError."""
    values = values_of(answers)
    files = project_files(answers, values)
    if there := in_the_way(folder, files):
        raise NotWrittenError(
            f"{folder} has {', '.join(there)} already, and init overwrites nothing: name another folder, or move them "
            "away"
        )
    try:
        load(values, folder, (), answers["stack"], logs_in=False)
    except ConfigurationError as error:
        raise NotWrittenError(
            f"{error}\nNothing was written: give other answers, by flags too (`meshx init --help`)"
        ) from None
    return files


def _ask(question: Question, suggested: str) -> str:
    while True:
        answer = input(f"{question.asks}{f' [{suggested}]' if suggested else ''}: ").strip() or suggested
        refusal = question.refusal(answer)
        if not refusal:
            return answer
        sys.stdout.write(f"{refusal}\n")


def _not_written(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_WRITTEN
