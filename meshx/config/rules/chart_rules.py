"""Where the charts come from, and values that meshx sets itself."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.errors.problems import Problem
from meshx.config.errors.words import enumerate_words
from meshx.config.rules.written import Written
from meshx.config.values.files import project_path
from meshx.config.values.istio_version import written_line
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.versions import IstioLine

# The values that follow from other keys, by chart, with what says them.
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
    ("istio", "global", "meshExpansion", "enabled"): "istioVersion",
    ("istio", "global", "meshExpansion", "useILB"): "gateway",
    ("istio", "global", "multiCluster", "enabled"): "network",
    ("istio", "global", "controlPlaneSecurityEnabled"): "network",
    ("istio", "global", "trustDomain"): "trustDomain",
    ("istio", "istiocoredns", "enabled"): "network",
}
CHARTS_OF: dict[IstioLine, dict[str, tuple[str, ...]]] = {
    IstioLine.ISTIOD: {"controlPlane": ("base", "istiod"), "gateway": ("gateway",)},
    IstioLine.CLASSIC: {"controlPlane": ("istio-init", "istio")},
}
LONGEST_RELEASE = 53
"""Helm's own limit (helm/pkg/chartutil/validate_name.go, ValidateReleaseName)."""
VALUES_KEY = {"istio-init": "istioInit"}
"""Under which key of `values` a chart stands whose name can't be one."""


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
    yield from _release_names(mesh)
    # Of a version that is reported as such, neither line's charts are known to be wrong.
    line = written_line(mesh.get("istioVersion").text)
    if line is not None:
        yield from _parts(mesh, line, base)
    install = mesh.get("install")
    yield from _gateway_namespace(mesh.get("gateway"), install)
    if install.get("takeOwnership").flag(False) and not install.get("controlPlane").flag(True):
        yield Problem(
            install.get("takeOwnership").location,
            "without effect: install.controlPlane is false, so no chart brings definitions",
            "nothing, or controlPlane: true",
        )
    for keys, said_by in SET_BY_MESHX.items():
        value = mesh.get("values", *keys)
        if value:
            yield Problem(value.location, f"meshx sets this value from meshx:mesh.{said_by}", f"{said_by} there")


def _release_names(mesh: Written) -> Iterator[Problem]:
    """Names that become those of Helm releases, which may be shorter than other names."""
    if written_line(mesh.get("istioVersion").text) is not IstioLine.ISTIOD:
        return
    name, revision = mesh.get("gateway", "name"), mesh.get("revision")
    for place, part, prefix in ((name, "gateway", ""), (revision, "controlPlane", "istiod-")):
        most = LONGEST_RELEASE - len(prefix)
        if mesh.get("install", part).flag(True) and len(place.text) > most:
            yield Problem(
                place.location,
                f"the Helm release {prefix}{place.text} has a name of {len(prefix) + len(place.text)} characters, and "
                f"Helm allows {LONGEST_RELEASE}",
                f"at most {most} characters",
            )


def _gateway_namespace(gateway: Written, install: Written) -> Iterator[Problem]:
    made = gateway.get("createNamespace")
    if not made.flag(False):
        return
    if not install.get("gateway").flag(True):
        yield Problem(
            made.location,
            "without effect: install.gateway is false, so the gateway is there already",
            "nothing, or install: {gateway: true}",
        )
    elif gateway.get("namespace").text in ("", SYSTEM_NAMESPACE):
        yield Problem(
            made.location,
            f"{SYSTEM_NAMESPACE} is made with the control plane, or there with one of others",
            "nothing, or another namespace",
        )


def _parts(mesh: Written, line: IstioLine, base: Path) -> Iterator[Problem]:
    for part, charts in CHARTS_OF[line].items():
        installed = mesh.get("install", part).flag(True)
        for name in charts:
            values = mesh.get("values", VALUES_KEY.get(name, name))
            if installed:
                yield from _chart_folder(mesh.get("chart", "path"), name, charts, base)
            elif values.value:
                yield Problem(
                    values.location,
                    f"without effect: install.{part} is false, so the chart {name} is not installed",
                    f"no values, or install: {{{part}: true}}",
                )
    for other in set(IstioLine) - {line}:
        for name in (name for charts in CHARTS_OF[other].values() for name in charts):
            values = mesh.get("values", VALUES_KEY.get(name, name))
            if values.value:
                yield Problem(
                    values.location,
                    f"Istio {mesh.get('istioVersion').text} has no chart {name}",
                    "values of " + enumerate_words([chart for charts in CHARTS_OF[line].values() for chart in charts]),
                )


def _chart_folder(path: Written, chart: str, beside: tuple[str, ...], base: Path) -> Iterator[Problem]:
    folder = project_path(base, path.text)
    if folder is None or not folder.is_dir():
        return  # no path, or one that is reported as not there
    if not (folder / chart / "Chart.yaml").is_file():
        yield Problem(
            path.location,
            f"there is no chart {chart} in it: {folder / chart / 'Chart.yaml'} is missing",
            f"a folder with Istio's charts in folders {enumerate_words(list(beside), 'and')}",
        )
