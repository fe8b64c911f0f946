"""Copies the user's chart `istio` and repairs the one line that today's Helm refuses.

The line is in charts/gateways/templates/rolebindings.yaml of 1.1 to 1.3: "can't give argument to non-function
$spec.sds". Helm of that time accepted it; 1.4 writes it differently.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

REFUSED = "if ($spec.sds) and (eq $spec.sds.enabled true)"
REPAIRED = "if and ($spec.sds) (eq $spec.sds.enabled true)"
TEMPLATES = Path("charts", "gateways", "templates")
COPIES = Path(".meshx", "charts")
"""The folder of the copies, in the project's folder."""


@dataclass(frozen=True)
class UsableChart:
    """A chart's folder that Helm accepts, relative if the user's is, and the repaired lines, file by file."""

    folder: str
    repaired: tuple[str, ...] = ()


def usable_chart(folder: str, version: str, project: Path) -> UsableChart:
    """The chart in a folder, or a repaired copy of it; the user's own files do not change.

    folder: from the configuration, relative to `project` or absolute. version: Istio's, for the copy's name.
    """
    original = project / folder
    refused = [path for path in sorted((original / TEMPLATES).glob("*.yaml")) if REFUSED in _text(path)]
    if not refused:
        return UsableChart(folder)
    name = COPIES / f"istio-{version}"
    shutil.rmtree(project / name, ignore_errors=True)
    shutil.copytree(original, project / name)
    for path in refused:
        copy = project / name / path.relative_to(original)
        copy.write_text(_text(path).replace(REFUSED, REPAIRED), encoding="utf-8")
    return UsableChart(str(name), tuple(_where(path, original) for path in refused))


def _where(path: Path, original: Path) -> str:
    lines = _text(path).splitlines()
    number = next(number for number, line in enumerate(lines, 1) if REFUSED in line)
    return f"{path.relative_to(original)}:{number}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
