"""An istiod of the minor version before the sandbox's, with its charts: two that differ for real."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.builds import artifact, docker_archive, images
from sandbox.builds.charts import CHARTS
from sandbox.builds.docker_archive import Image
from sandbox.builds.go_command import module_folder
from sandbox.builds.go_tools import ISTIO_BEFORE_VERSION
from sandbox.kubernetes.node import ctr

IMAGE = f"{images.REPOSITORY}/pilot:{ISTIO_BEFORE_VERSION}"


def istio(charts: Path | None) -> Callable[[dict[str, Any]], None]:
    """Have the stack install the version before, by its charts; None: the sandbox's."""

    def change(config: dict[str, Any]) -> None:
        mesh = config["mesh"]
        mesh["istioVersion"] = ISTIO_BEFORE_VERSION if charts else "1.31"
        mesh["chart"] = {"path": str(charts or ".sandbox/charts")}
        mesh["values"]["istiod"].pop("image", None)
        if charts:
            mesh["values"]["istiod"]["image"] = IMAGE

    return change


@contextmanager
def image_before(folder: Path) -> Iterator[None]:
    """Have its image on the sandbox's node until the block ends; built the first time, in some minutes."""
    program = "/usr/local/bin/pilot-discovery"
    built = artifact("istio-before") / "pilot-discovery"
    docker_archive.write(
        Image(IMAGE, {program: built}, [program], user=images.ISTIO_USER), archive := folder / "pilot.tar"
    )
    ctr("image", "import", str(archive))
    try:
        yield
    finally:
        ctr("image", "remove", IMAGE)


def charts_before(folder: Path) -> Path:
    """Its charts, in folders of their names."""
    source = module_folder("istio.io/istio", "istio-before") / "manifests" / "charts"
    for name, place in CHARTS.items():
        # Contents without modes: the module cache is read-only.
        shutil.copytree(source / place, folder / name, copy_function=shutil.copyfile)
        for below in [folder / name, *(folder / name).rglob("*/")]:
            below.chmod(0o755)
    return folder
