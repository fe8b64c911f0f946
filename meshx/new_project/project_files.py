"""The files of a new project: those of the template, and the stack's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from meshx.config.loading import NAMESPACE
from meshx.new_project.questions import GCE, Answers
from meshx.stack.pinned_versions import PINS, PLUGINS, pinned
from meshx.version import VERSION

TEMPLATE = Path(__file__).with_name("template")
EXAMPLE = "Pulumi.dev.yaml"
"""The template's own stack, an example to be edited; what `meshx init` writes comes from answers."""
DESCRIPTION = "Joins machines to an Istio mesh"
_HEAD = "# What the mesh is made of. Every key: docs/configuration.md of meshx.\n"


def requirements(answers: Answers) -> str:
    """The project's requirements.txt: meshx, and the tested SDKs of the plugins, where pip would take the newest."""
    on_gce = answers["machines"] == GCE
    extras = ["gce", "policy"] if on_gce else ["policy"]
    tested = pinned(PINS.read_text(encoding="utf-8"))
    sdks = [f"{name}=={tested[name]}" for name in PLUGINS if on_gce or name != "pulumi-gcp"]
    return "\n".join(
        [f"pulumi-meshx[{','.join(extras)}]=={VERSION}", "# The plugins that it is tested with.", *sdks, ""]
    )


def stack_file(values: Mapping[str, Any]) -> str:
    """The text of a stack's file with these values."""
    config = {f"{NAMESPACE}{key}": value for key, value in values.items()}
    return _HEAD + yaml.safe_dump({"config": config}, sort_keys=False, width=120)


def project_files(answers: Answers, values: Mapping[str, Any]) -> dict[str, str]:
    """The text of each file, by its path in the project."""
    files: dict[str, str] = {}
    for file in sorted(TEMPLATE.rglob("*")):
        name = str(file.relative_to(TEMPLATE))
        if file.is_file() and "__pycache__" not in file.parts and name != EXAMPLE:
            files[name] = file.read_text(encoding="utf-8")
    # What is said to `pulumi new` alone is the last part of the file.
    project = files["Pulumi.yaml"].partition("template:")[0]
    files["Pulumi.yaml"] = project.replace("${PROJECT}", answers["name"]).replace("${DESCRIPTION}", DESCRIPTION)
    files["requirements.txt"] = requirements(answers)
    files[f"Pulumi.{answers['stack']}.yaml"] = stack_file(values)
    return files


def in_the_way(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Which of the files are in the folder already, whatever they are."""
    return [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files, none of which may be there, into the folder, which is made if it is not there. OSError."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
