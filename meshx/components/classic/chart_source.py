"""The source of the charts istio-init and istio: the repository of one release, another one, or a folder."""

from pathlib import Path
from typing import Any

import pulumi
import yaml

from meshx.components.classic.chart_repair import ChartInUseError, usable_chart
from meshx.components.shared.chart_repository import chart_from
from meshx.config.sections.charts import CLASSIC_CHARTS
from meshx.config.sections.mesh import MeshConfiguration


def classic_chart_source(mesh: MeshConfiguration, chart: str) -> dict[str, Any]:
    """The arguments of a `helm.v3.Release` that name one of the charts; warns if the chart is repaired."""
    folder = mesh.chart.folder(chart)
    if folder is None:
        repository = mesh.chart.repository or CLASSIC_CHARTS.replace("<version>", mesh.istio_version)
        return chart_from(repository, chart, mesh.chart_version)
    try:
        usable = usable_chart(folder, mesh.istio_version, Path.cwd())
    except ChartInUseError as error:
        raise pulumi.RunError(str(error)) from None
    if usable.repaired:
        pulumi.log.warn(
            f"today's Helm refuses a line of the chart {folder}: {', '.join(usable.repaired)}. The stack repairs it in "
            f"a copy, {usable.folder}, and installs that; your files do not change"
        )
    return {"chart": usable.folder}


def says_its_kubernetes(mesh: MeshConfiguration) -> bool:
    """Whether the chart istio names its Kubernetes versions (`kubeVersion`), so that Helm compares them.

    Istio's own never do; a chart maintained for later clusters may.
    """
    folder = mesh.chart.folder("istio")
    if folder is None:
        return False
    about: Any = yaml.safe_load((Path.cwd() / folder / "Chart.yaml").read_text(encoding="utf-8")) or {}
    return bool(about.get("kubeVersion"))
