"""Istio's Helm charts, out of the same sources that its programs are built from."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.builds.go_command import TOOLS
from sandbox.builds.go_tools import istio_module
from sandbox.builds.recipe import Recipe

CHARTS = {"base": "base", "istiod": "istio-control/istio-discovery", "gateway": "gateway"}
"""Chart name to its folder below manifests/charts of the istio module."""


def _build(folder: Path, _: Mapping[str, Path]) -> None:
    for name, source in CHARTS.items():
        # Contents without modes: the module cache is read-only.
        shutil.copytree(istio_module() / "manifests" / "charts" / source, folder / name, copy_function=shutil.copyfile)
        for below in [folder / name, *(folder / name).rglob("*/")]:
            below.chmod(0o755)


RECIPE = Recipe(name="charts", build=_build, files=(TOOLS / "istio" / "go.sum", Path(__file__)))
