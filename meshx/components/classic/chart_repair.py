"""A copy of the user's chart `istio` in which the one line is repaired that the Helm of today refuses.

The line is in charts/gateways/templates/rolebindings.yaml of 1.1 to 1.3: "can't give argument to non-function
$spec.sds". Helm of that time let it pass; 1.4 has it otherwise.

Runs beside one another share the copy: one that is as it should be is never touched, and one that another run still
needs is never changed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REFUSED = b"if ($spec.sds) and (eq $spec.sds.enabled true)"
REPAIRED = b"if and ($spec.sds) (eq $spec.sds.enabled true)"
TEMPLATES = Path("charts", "gateways", "templates")
COPIES = Path(".meshx", "charts")
"""Where copies stand, in the project's folder. Their paths are in users' states."""

_needed: dict[Path, IO[bytes]] = {}
"""The locks of this run on the copies that it needs; they end with it."""


class ChartInUseError(Exception):
    """Another run needs the copy as it is, of other content. The message has the remedy."""


@dataclass(frozen=True)
class UsableChart:
    """A chart's folder that Helm takes, relative where the user's is, and what was repaired in it, file by file."""

    folder: str
    repaired: tuple[str, ...] = ()


def usable_chart(folder: str, version: str, project: Path) -> UsableChart:
    """The chart in a folder, or a repaired copy of it; the user's own files stay as they are.

    folder: as the configuration names it, relative to `project` or absolute. version: Istio's, for the copy's name.
    Raises ChartInUseError.
    """
    files = _files(project / folder)
    refused = [path for path in sorted(files) if path.parent == TEMPLATES and REFUSED in files[path]]
    if not refused:
        return UsableChart(folder)
    name = COPIES / f"istio-{version}"
    _keep(project / name, files | {path: files[path].replace(REFUSED, REPAIRED) for path in refused})
    return UsableChart(str(name), tuple(_where(path, files[path]) for path in refused))


def _keep(copy: Path, files: dict[Path, bytes]) -> None:
    """Have these files in the copy until this run ends."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if (former := _needed.pop(copy, None)) is not None:
        former.close()
    # One run at a time looks and makes; each then keeps the other lock for its whole life, as one of many.
    with copy.with_name(f"{copy.name}.making").open("wb") as making:
        fcntl.flock(making, fcntl.LOCK_EX)
        needed = copy.with_name(f"{copy.name}.needed").open("wb")
        if _files(copy) != files:
            try:
                fcntl.flock(needed, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                needed.close()
                raise ChartInUseError(
                    f"another run of this project needs {copy} as it is, and this run needs it of another content: "
                    "wait until that run is over"
                ) from None
            _replace(copy, files)
        fcntl.flock(needed, fcntl.LOCK_SH)
        _needed[copy] = needed


def _replace(copy: Path, files: dict[Path, bytes]) -> None:
    """Put these files in the place of the copy, all at once; what a run that was killed left of it goes."""
    new, old = (copy.with_name(f"{copy.name}.{word}") for word in ("new", "old"))
    for remains in (new, old):
        shutil.rmtree(remains, ignore_errors=True)
    for path, content in files.items():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        (new / path).write_bytes(content)
    if copy.exists():
        copy.rename(old)
    new.rename(copy)
    shutil.rmtree(old, ignore_errors=True)


def _files(folder: Path) -> dict[Path, bytes]:
    """All files below a folder by their paths there, those behind links as well; none where there is no such folder."""
    places = (Path(place) / name for place, _, names in os.walk(folder, followlinks=True) for name in names)
    return {path.relative_to(folder): path.read_bytes() for path in places}


def _where(path: Path, content: bytes) -> str:
    number = next(number for number, line in enumerate(content.splitlines(), 1) if REFUSED in line)
    return f"{path}:{number}"
