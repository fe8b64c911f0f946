"""Reads the mistakes of `mistakes/*.yaml`, and what is said of each."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from project_folder import make_project, standing_configuration

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load

FOLDER = Path(__file__).parent / "mistakes"
STANDS = standing_configuration("1.31.0")
"""What each mistake is made in."""
CLASSIC_MESH = {"istioVersion": "1.4.10", "network": "network1", "chart": {"path": "helm"}}


def cases() -> dict[str, dict[str, Any]]:
    """Every case by its file and what the mistake is.

    write: values by path, such as `workloads[0].name`. without: paths that are taken out before. of: the line of Istio.
    says: the whole message but for its first line, `{project}` for the project's folder.
    """
    found = [(file.stem, case) for file in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(file.read_text())]
    named = {f"{topic}: {case['mistake']}": case for topic, case in found}
    assert len(named) == len(found), "two mistakes of one name"
    return named


def project_folder(folder: Path) -> Path:
    """A project folder with what the mistakes name."""
    make_project(folder)
    for chart in ("istio-init", "istio"):
        (folder / "helm" / chart).mkdir(parents=True)
        (folder / "helm" / chart / "Chart.yaml").write_text(f"name: {chart}\n")
    key = (folder / "id.pub").read_text().strip()
    (folder / "empty").write_text("# vm-1:22 SSH-2.0-OpenSSH_9.2\n")
    (folder / "two-hosts").write_text(f"vm-1 {key}\nvm-2 {key}\n")
    (folder / "gone").symlink_to("nowhere")
    return folder


def answer(case: dict[str, Any], project: Path, taken: Callable[[Any], Any] = lambda values: values) -> str:
    """What is said of a mistake: the whole message but for its first line. taken: how the values get to the loader."""
    values = copy.deepcopy(STANDS)
    if case.get("of") == "classic":
        values["mesh"] = dict(CLASSIC_MESH)
    for path in case.get("without", ()):
        _change(values, path, None)
    for path, value in case.get("write", {}).items():
        _change(values, path, lambda value=value: value)
    try:
        load(taken(values), project, encrypted=())
    except ConfigurationError as error:
        first, _, said = str(error).partition("\n")
        count = "one problem" if len(error.problems) == 1 else f"{len(error.problems)} problems"
        assert first == f"The stack's configuration has {count}:"
        return said.replace(str(project), "{project}")
    return "(it stands)"


def _change(values: Any, path: str, written: Any) -> None:
    """Write a value at a path, with the groups on the way; `written` gives it, None takes out what stands there."""
    *way, last = [int(part) if part.isdigit() else part for part in re.findall(r"[\w-]+", path)]
    for part in way:
        values = values.setdefault(part, {}) if isinstance(values, dict) else values[part]
    if written is None:
        del values[last]
    else:
        values[last] = written()
