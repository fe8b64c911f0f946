"""Where the charts istio-init and istio come from: the repository of one release, another one, or a folder."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from meshx.components.classic.chart_repair import usable_chart
from meshx.config.sections.charts import CLASSIC_CHARTS
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.classic_versions import ClassicVersion


def classic_chart_source(mesh: MeshConfiguration, chart: str) -> dict[str, Any]:
    """The arguments of a `helm.v3.Release` that name one of the charts; what is repaired in it is said aloud."""
    folder = mesh.chart.folder(chart)
    if folder is None:
        repository = mesh.chart.repository or CLASSIC_CHARTS.replace("<version>", mesh.istio_version)
        return {
            "chart": chart,
            "version": mesh.chart_version,
            "repository_opts": kubernetes.helm.v3.RepositoryOptsArgs(repo=repository),
        }
    usable = usable_chart(folder, mesh.istio_version, Path.cwd())
    if usable.repaired:
        pulumi.log.warn(
            f"Helm of today refuses a line of the chart {folder}: {', '.join(usable.repaired)}. It is repaired in a "
            f"copy, {usable.folder}, which is installed; your files stay as they are"
        )
    return {"chart": usable.folder}


def says_its_kubernetes(mesh: MeshConfiguration) -> bool:
    """Whether the chart istio names the versions of Kubernetes that it fits (`kubeVersion`), so that Helm compares.

    Istio's own never do; a chart that was carried on for later clusters may.
    """
    folder = mesh.chart.folder("istio")
    if folder is None:
        return False
    about: Any = yaml.safe_load((Path.cwd() / folder / "Chart.yaml").read_text(encoding="utf-8")) or {}
    return bool(about.get("kubeVersion"))


def upgrade_command(version: ClassicVersion, across_networks: bool) -> str:
    """The guides' command that turns mesh expansion on in an installation of somebody else's.

    Their values for other networks take Citadel's root away unless it is told what it is told already.
    """
    if not across_networks:
        return "helm upgrade --set global.meshExpansion.enabled=true istio install/kubernetes/helm/istio"
    values = f"install/kubernetes/helm/istio/example-values/{version.gateways_values}"
    return (
        f"helm upgrade -f {values} --set global.meshExpansion.enabled=true --set security.selfSigned=<as it is now> "
        "istio install/kubernetes/helm/istio"
    )
