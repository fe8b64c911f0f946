"""`meshx plugin install` and `meshx plugin archives FOLDER`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from meshx.provider.plugin_folder import archives, install

DONE, FAILED = 0, 1


def add_parser(commands: Any) -> None:
    """Declare the command and its arguments, among argparse's others."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "plugin", help="let Pulumi find meshx's plugin", description="What Pulumi needs to start meshx's plugin."
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    installing = kinds.add_parser(
        "install",
        help="have Pulumi start the plugin out of this virtual environment",
        description="Writes the folder below Pulumi's home (PULUMI_HOME, or ~/.pulumi) by which Pulumi starts the "
        "plugin of this version out of this virtual environment. Run it again after moving the environment, and for "
        "each new version.",
    )
    installing.set_defaults(run=_install)
    packing = kinds.add_parser(
        "archives",
        help="write the archives that Pulumi downloads, for a release",
        description="Writes what a release offers to each system's Pulumi: pulumi-resource-meshx-v<version>-<system>.",
    )
    packing.add_argument("folder", type=Path, help="where they go; it has to be there")
    packing.set_defaults(run=_archives)


def _install(given: argparse.Namespace) -> int:
    if sys.prefix == sys.base_prefix:
        return _failed(
            f"{sys.executable} is in no virtual environment, and Pulumi starts plugins out of one only: make one by "
            "`python3 -m venv .venv`, install meshx into it, and run `.venv/bin/meshx plugin install`"
        )
    try:
        folder = install(Path(sys.prefix).absolute())
    except OSError as error:
        return _failed(
            f"{error.filename} can't be written ({error.strerror}): let PULUMI_HOME name a folder that you may write to"
        )
    sys.stdout.write(f"{folder} starts the plugin out of {sys.prefix}\n")
    return DONE


def _archives(given: argparse.Namespace) -> int:
    if not given.folder.is_dir():
        return _failed(f"there is no folder {given.folder}: make it first")
    for file in archives(given.folder):
        sys.stdout.write(f"{file}\n")
    return DONE


def _failed(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return FAILED
