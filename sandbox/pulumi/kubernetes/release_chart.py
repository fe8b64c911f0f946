"""A release's chart: where it is, which version of it is meant (helm_release.go: getChart, locateChart, Check)."""

from pathlib import Path
from typing import Any

import yaml

from sandbox.pulumi.kubernetes.helm_cli import Helm, HelmError


def chart_flags(inputs: dict[str, Any]) -> list[str]:
    """The flags that say where a chart comes from and which version is meant."""
    flags: list[str] = []
    options = inputs.get("repositoryOpts") or {}
    if _is_url(options.get("repo")):
        flags += ["--repo", options["repo"]]
    for name, flag in {"caFile": "--ca-file", "certFile": "--cert-file", "keyFile": "--key-file"}.items():
        if options.get(name):
            flags += [flag, options[name]]
    if inputs.get("version"):
        flags += ["--version", str(inputs["version"]).strip()]
    elif inputs.get("devel"):
        flags += ["--devel"]
    if inputs.get("verify"):
        flags += ["--verify", *(["--keyring", inputs["keyring"]] if inputs.get("keyring") else [])]
    return flags


def chart_reference(inputs: dict[str, Any]) -> str:
    """The chart as helm is to be told: a folder's absolute path, or a name within its repository."""
    name = str(inputs["chart"]).strip()
    if (folder := _local(inputs)) is not None:
        return str(folder)
    repository = (inputs.get("repositoryOpts") or {}).get("repo")
    if repository and not _is_url(repository) and "/" not in name:
        return f"{repository}/{name}"
    return name


def chart_version(helm: Helm, inputs: dict[str, Any]) -> str:
    """The version in the chart's own Chart.yaml, which the input `version` may only bound. Raises HelmError.

    A changed chart of the same version is therefore not seen, as with the official plugin (pulumi-kubernetes#2672).
    """
    folder = _local(inputs)
    if folder is not None and folder.is_dir():
        text = (folder / "Chart.yaml").read_text()
    else:
        text = helm.chart(chart_reference(inputs), chart_flags(inputs))
    chart = yaml.safe_load(text) or {}
    if chart.get("type") not in (None, "", "application"):
        raise HelmError(f"{chart['type']} charts are not installable")
    return str(chart["version"])


def _local(inputs: dict[str, Any]) -> Path | None:
    """The chart's folder or file here; None where it is to be fetched. Raises HelmError for a path to nothing."""
    if _is_url((inputs.get("repositoryOpts") or {}).get("repo")):
        return None
    name = str(inputs["chart"]).strip()
    path = Path(name)
    if path.is_file() or (path / "Chart.yaml").is_file():
        return path.resolve()
    if path.is_absolute() or name.startswith("."):
        raise HelmError(f'path "{name}" not found')
    return None


def _is_url(repository: Any) -> bool:
    return isinstance(repository, str) and "://" in repository
