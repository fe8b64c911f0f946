"""The source of Istio's charts: a repository, or a folder."""

from typing import Any

from meshx.components.shared.chart_repository import chart_from
from meshx.config.sections.charts import ISTIO_CHARTS
from meshx.config.sections.mesh import MeshConfiguration


def chart_source(mesh: MeshConfiguration, chart: str) -> dict[str, Any]:
    """The arguments of a `helm.v3.Release` that name one of the charts `base`, `istiod`, `gateway`."""
    folder = mesh.chart.folder(chart)
    if folder is not None:
        return {"chart": folder}
    return chart_from(mesh.chart.repository or ISTIO_CHARTS, chart, mesh.chart_version)
