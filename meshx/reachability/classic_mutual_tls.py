"""Whether callers of Istio 1.1 to 1.4 use mutual TLS, from the values of chart istio."""

from typing import Any

from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.versions import minor_version


def speaks_mutual_tls(mesh: MeshConfiguration) -> bool:
    """Whether callers use mutual TLS by default, or from 1.4 on wherever an endpoint answers it."""
    return always_mutual_tls(mesh) or automatic_mutual_tls(mesh)


def always_mutual_tls(mesh: MeshConfiguration) -> bool:
    """Whether the charts make the rules for both sides: mutual TLS to `*.local`, and a MeshPolicy that requires it."""
    return _mutual_tls_values(mesh).get("enabled") is True


def automatic_mutual_tls(mesh: MeshConfiguration) -> bool:
    """Whether Pilot makes callers use it if an endpoint says that it answers it; the value is new in 1.4."""
    return _mutual_tls_values(mesh).get("auto") is True and minor_version(mesh.istio_version) >= (1, 4)


def _mutual_tls_values(mesh: MeshConfiguration) -> dict[str, Any]:
    return mesh.chart_values("istio").get("global", {}).get("mtls", {})
