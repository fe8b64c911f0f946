"""A copy of the user's chart `istio` in which the one line is repaired that the Helm of today refuses.

The line is in charts/gateways/templates/rolebindings.yaml of 1.1 to 1.3: "can't give argument to non-function
$spec.sds". Helm of that time let it pass; 1.4 has it otherwise.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

REFUSED = "if ($spec.sds) and (eq $spec.sds.enabled true)"
REPAIRED = "if and ($spec.sds) (eq $spec.sds.enabled true)"
TEMPLATES = Path("charts", "gateways", "templates")
COPIES = Path(".meshx", "charts")
"""Where copies stand, in the project's folder."""


@dataclass(frozen=True)
class UsableChart:
    """A chart's folder that Helm takes, relative where the user's is, and what was repaired in it, file by file."""

    folder: str
    repaired: tuple[str, ...] = ()


def usable_chart(folder: str, version: str, project: Path) -> UsableChart:
    """The chart in a folder, or a repaired copy of it; the user's own files stay as they are.

    folder: as the configuration names it, relative to `project` or absolute. version: Istio's, for the copy's name.
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
