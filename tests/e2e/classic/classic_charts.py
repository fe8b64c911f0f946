"""The stand-in charts of Istio 1.1 to 1.4 as a release of each version has them."""

from __future__ import annotations

import shutil
from pathlib import Path

CHARTS = Path(__file__).parent / "charts"
WRITTEN = "1.4.10"
"""The version that the charts here are written for; they differ by it where Istio's do."""
ROLE_BINDINGS = Path("charts", "gateways", "templates", "rolebindings.yaml")
NESTED = "{{- if $spec.sds }}\n{{- if eq $spec.sds.enabled true }}\n"
REFUSED = "{{- if ($spec.sds) and (eq $spec.sds.enabled true) }}\n"
"""What 1.1 to 1.3 have in place of it."""


def unpack(folder: Path, version: str = WRITTEN, *, says_kubernetes: bool = True) -> Path:
    """Both charts of a version in `folder`, as install/kubernetes/helm of a release; what was there goes.

    says_kubernetes: whether they name the versions of Kubernetes that they fit, which Istio's own do not.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CHARTS, folder)
    for file in folder.rglob("Chart.yaml"):
        lines = file.read_text().replace(WRITTEN, version).splitlines(keepends=True)
        file.write_text("".join(line for line in lines if says_kubernetes or "kubeVersion" not in line))
    if version < "1.4":
        file = folder / "istio" / ROLE_BINDINGS
        text = file.read_text()
        assert NESTED in text
        # One block less, and so one end less.
        file.write_text(text.replace(NESTED, REFUSED).replace("{{- end }}\n", "", 1))
    return folder
