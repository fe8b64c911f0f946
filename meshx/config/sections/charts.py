"""meshx:mesh.chart and meshx:mesh.values: the Helm charts and what is set in them."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words
from meshx.config.section import Section
from meshx.config.values.files import ExistingFolder
from meshx.config.values.names import TrimmedText
from meshx.config.values.patterns import matching
from meshx.istio.artefacts import ARTEFACTS, OCI_CHARTS
from meshx.rollout.effect import NOTHING, RESTART

ISTIO_CHARTS = f"{ARTEFACTS}/charts"
CLASSIC_CHARTS = f"{ARTEFACTS}/releases/<version>/charts"

chart_repository = matching(
    r"https?://[^\s/]+(/\S*)?|oci://[^\s/]+(/[^\s/]+)*/?",
    "is not the URL of a chart repository",
    f"such as {ISTIO_CHARTS}, or oci://{OCI_CHARTS} for a registry",
)
"""The URL of a Helm repository, or of a folder with the charts in an OCI registry."""


class ChartConfiguration(Section):
    """Where Istio's Helm charts come from: a repository or a folder."""

    repository: Annotated[Annotated[str, AfterValidator(chart_repository), Words("a URL (text)")] | None, NOTHING] = (
        Field(
            default=None,
            description="A Helm repository, or a folder of an OCI registry, with `oci://` before it. If `path` is left "
            f"out too: Istio's own, {ISTIO_CHARTS}; on the classic line that of the release, {CLASSIC_CHARTS}.",
            examples=[ISTIO_CHARTS],
        )
    )
    path: Annotated[ExistingFolder | None, NOTHING] = Field(
        default=None,
        description="A folder with the charts in folders base, istiod and gateway; on the classic line istio-init and "
        "istio, as in install/kubernetes/helm of a release.",
        examples=["charts"],
    )
    version: Annotated[TrimmedText | None, NOTHING] = Field(
        default=None,
        description="The charts' version in the repository. Left out: `istioVersion`.",
        examples=["1.31.2"],
    )

    def folder(self, chart: str) -> str | None:
        """The folder of a chart by its name, as the state has it; None with a repository."""
        return str(Path(self.path.reference) / chart) if self.path else None


Values = Annotated[dict[str, Any], Words("values of a Helm chart (a group of keys)")]


class ChartValues(Section):
    """Values for the charts, beside those that meshx sets itself."""

    base: Annotated[Values, NOTHING] = Field(default_factory=dict, description="Values of the chart base.")
    istiod: Annotated[Values, RESTART] = Field(
        default_factory=dict, description="Values of the chart istiod.", examples=[{"autoscaleMin": 2}]
    )
    gateway: Annotated[Values, RESTART] = Field(default_factory=dict, description="Values of the chart gateway.")
    istio_init: Annotated[Values, NOTHING] = Field(
        default_factory=dict, description="Values of the chart istio-init (1.1 to 1.4)."
    )
    istio: Annotated[Values, NOTHING] = Field(
        default_factory=dict,
        description="Values of the chart istio (1.1 to 1.4).",
        examples=[{"pilot": {"traceSampling": 1}}],
    )
