"""A chart from a Helm repository, or from an OCI registry."""

from typing import Any

import pulumi_kubernetes as kubernetes

OCI = "oci://"


def chart_from(repository: str, chart: str, version: str | None) -> dict[str, Any]:
    """The arguments of a `helm.v3.Release` that name a chart.

    A chart in a registry is named by its whole address, and such a place is no repository to Helm
    (https://helm.sh/docs/topics/registries/).
    """
    if repository.startswith(OCI):
        return {"chart": f"{repository.rstrip('/')}/{chart}", "version": version}
    options = kubernetes.helm.v3.RepositoryOptsArgs(repo=repository)
    return {"chart": chart, "version": version, "repository_opts": options}
