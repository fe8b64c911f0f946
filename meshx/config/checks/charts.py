"""Where the charts come from, and values that meshx sets itself."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.files import project_path
from meshx.config.problems import Problem
from meshx.config.written import Written

# The values that follow from other keys, by chart, with the key that says them.
SET_BY_MESHX = {
    ("istiod", "revision"): "revision",
    ("istiod", "global", "meshID"): "meshId",
    ("istiod", "global", "network"): "network",
    ("istiod", "global", "multiCluster", "clusterName"): "clusterName",
    ("istiod", "meshConfig", "trustDomain"): "trustDomain",
    ("istiod", "meshConfig", "defaultConfig", "meshId"): "meshId",
    ("gateway", "name"): "gateway.name",
    ("gateway", "revision"): "revision",
    ("gateway", "networkGateway"): "network",
}
CHARTS_OF = {"controlPlane": ("base", "istiod"), "gateway": ("gateway",)}


def problems(stack: Written, base: Path) -> Iterator[Problem]:
    """Charts from two places or from folders that lack one, and values without effect."""
    mesh = stack.get("mesh")
    chart = mesh.get("chart")
    if chart.get("path") and chart.get("repository"):
        yield Problem(chart.get("repository").location, "path names the charts too", "one of the two")
    if chart.get("path") and chart.get("version"):
        yield Problem(
            chart.get("version").location,
            "charts in a folder have the version that they have",
            "no version, or a repository",
        )
    for part, charts in CHARTS_OF.items():
        installed = mesh.get("install", part).flag(True)
        for name in charts:
            if installed:
                yield from _chart_folder(chart.get("path"), name, base)
            elif mesh.get("values", name).value:
                yield Problem(
                    mesh.get("values", name).location,
                    f"without effect: install.{part} is false, so the chart {name} is not installed",
                    f"no values, or install: {{{part}: true}}",
                )
    for keys, said_by in SET_BY_MESHX.items():
        value = mesh.get("values", *keys)
        if value:
            yield Problem(value.location, f"meshx sets this value from meshx:mesh.{said_by}", f"{said_by} there")


def _chart_folder(path: Written, chart: str, base: Path) -> Iterator[Problem]:
    folder = project_path(base, path.text)
    if folder is None or not folder.is_dir():
        return  # no path, or one that is reported as not there
    if not (folder / chart / "Chart.yaml").is_file():
        yield Problem(
            path.location,
            f"there is no chart {chart} in it: {folder / chart / 'Chart.yaml'} is missing",
            "a folder with Istio's charts in folders base, istiod and gateway",
        )
