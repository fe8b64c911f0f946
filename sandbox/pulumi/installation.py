"""Which Pulumi to use: an official one that is installed on this machine, or the sandbox's own parts."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

OLDEST = (3, 250, 0)
"""Earlier engines lack some of what the program uses (hooks, refresh options, plugin protocol)."""

Kind = Literal["official", "sandbox"]


class PulumiError(Exception):
    """The requested Pulumi does not exist; the text says where it looked and what to do."""


def choose(own_folder: Path) -> tuple[Kind, Path | None]:
    """By MESHX_PULUMI (auto, official, sandbox): which Pulumi to use, and the official one's `pulumi`.

    `own_folder` is where the sandbox puts its own `pulumi`, which never counts as an official one.
    """
    wanted = os.environ.get("MESHX_PULUMI") or "auto"
    if wanted not in ("auto", "official", "sandbox"):
        raise PulumiError(f"MESHX_PULUMI is {wanted!r}; write auto, official or sandbox")
    if wanted == "sandbox":
        return "sandbox", None
    program, why_not = _official(own_folder)
    if program is not None:
        return "official", program
    if wanted == "official":
        raise PulumiError(
            f"MESHX_PULUMI is official, but {why_not}; install Pulumi {_text(OLDEST)} or later "
            "(https://www.pulumi.com/docs/install/), or set MESHX_PULUMI to sandbox"
        )
    return "sandbox", None


def _official(own_folder: Path) -> tuple[Path | None, str]:
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    path = os.pathsep.join(folder for folder in folders if Path(folder).resolve() != own_folder.resolve())
    found = shutil.which("pulumi", path=path)
    if not found:
        return None, "there is no `pulumi` on PATH"
    beside = str(Path(found).resolve().parent)
    if not shutil.which("pulumi-language-python", path=os.pathsep.join([beside, path])):
        return None, f"there is no `pulumi-language-python` beside {found} nor on PATH"
    version = _version(found)
    if version is None:
        return None, f"`{found} version` does not say its version"
    if version < OLDEST:
        return None, f"{found} is version {_text(version)}"
    return Path(found), ""


def _version(program: str) -> tuple[int, ...] | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    said = subprocess.run([program, "version"], check=False, env=environment, capture_output=True, text=True).stdout
    match = re.search(r"v?(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in match.groups()) if match else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
