"""The source of Istio's charts: a repository, or a folder."""

from typing import Any

import pulumi_kubernetes as kubernetes

from meshx.config.sections.mesh import MeshConfiguration


def chart_source(mesh: MeshConfiguration, chart: str) -> dict[str, Any]:
    """The arguments of a `helm.v3.Release` that name one of the charts `base`, `istiod`, `gateway`."""
    folder = mesh.chart.folder(chart)
    if folder is not None:
        return {"chart": folder}
    return {
        "chart": chart,
        "version": mesh.chart_version,
        "repository_opts": kubernetes.helm.v3.RepositoryOptsArgs(repo=mesh.chart.repository_url),
    }
