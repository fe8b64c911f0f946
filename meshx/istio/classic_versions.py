"""The classic line, Istio 1.1 to 1.4: how its versions differ, and which Kubernetes can run which.

Sources: the charts in install/kubernetes/helm and the packages in tools/deb (1.1) and tools/packaging (from 1.2) of the
tags 1.1.17, 1.2.10, 1.3.8 and 1.4.10.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

Numbers = tuple[int, int]

OLDEST_KUBERNETES: Numbers = (1, 13)
"""The oldest version that Pulumi's Kubernetes provider supports, since 4.0 (pulumi-kubernetes issue 2386)."""
SERVER_SIDE_APPLY_SINCE: Numbers = (1, 16)


@dataclass(frozen=True)
class ClassicVersion:
    """One minor version of the classic line.

    kubernetes_below: the first Kubernetes that no longer serves the API groups of its charts. removed_groups: those
    groups. chart_needs_repair: whether today's Helm refuses one line of its chart `istio`
    (charts/gateways/templates/rolebindings.yaml: "can't give argument to non-function $spec.sds"). gateways_values: the
    file of its chart that turns on gateways to other networks. dns_forwards: whether its CoreDNS has the plugins `grpc`
    and `forward` in place of `proxy`. plain_mixer_port: whether its rules for Mixer keep mutual TLS off port 9091.
    """

    minor: Numbers
    kubernetes_below: Numbers
    removed_groups: str
    chart_needs_repair: bool
    gateways_values: str
    dns_forwards: bool
    plain_mixer_port: bool


_UNTIL_1_16 = "extensions/v1beta1 (Deployments)"
_UNTIL_1_22 = "apiextensions.k8s.io/v1beta1 and admissionregistration.k8s.io/v1beta1"

_1_1 = ClassicVersion(
    minor=(1, 1),
    kubernetes_below=(1, 16),
    removed_groups=_UNTIL_1_16,
    chart_needs_repair=True,
    gateways_values="values-istio-multicluster-gateways.yaml",
    dns_forwards=False,
    plain_mixer_port=False,
)

VERSIONS: tuple[ClassicVersion, ...] = (
    _1_1,
    replace(_1_1, minor=(1, 2)),
    replace(_1_1, minor=(1, 3), gateways_values="values-istio-meshexpansion-gateways.yaml"),
    ClassicVersion(
        minor=(1, 4),
        kubernetes_below=(1, 22),
        removed_groups=_UNTIL_1_22,
        chart_needs_repair=False,
        gateways_values="values-istio-meshexpansion-gateways.yaml",
        dns_forwards=True,
        plain_mixer_port=True,
    ),
)

FIRST, LAST = VERSIONS[0].minor, VERSIONS[-1].minor

BROKEN_PACKAGES = ("1.4.0", "1.4.1", "1.4.2", "1.4.3")
"""Their istio-start.sh calls istio-iptables and istio-clean-iptables, but the package has them under other names, as
*.sh (istio issue 19615), so the sidecar never starts."""


def classic_version(minor: Numbers) -> ClassicVersion:
    """The row of a minor version; KeyError for one outside the line."""
    return {version.minor: version for version in VERSIONS}[minor]


def kubernetes_problem(version: ClassicVersion, kubernetes: Numbers) -> str | None:
    """Why a cluster with this Kubernetes can't run the charts of this version, with the limit; None if it can."""
    istio = written(version.minor)
    if kubernetes < OLDEST_KUBERNETES:
        return (
            f"the cluster runs Kubernetes {written(kubernetes)}, and Pulumi's Kubernetes provider works with "
            f"{written(OLDEST_KUBERNETES)} and later: upgrade the cluster"
        )
    if kubernetes >= version.kubernetes_below:
        return (
            f"the cluster runs Kubernetes {written(kubernetes)}, and Istio {istio} needs one below "
            f"{written(version.kubernetes_below)}, since that no longer serves {version.removed_groups}: take another "
            f"cluster, or a later Istio ({_runs_on(kubernetes)})"
        )
    return None


def written(numbers: Numbers) -> str:
    """A version's first two numbers as text: 1.16."""
    return ".".join(str(number) for number in numbers)


def _runs_on(kubernetes: Numbers) -> str:
    later = [version for version in VERSIONS if kubernetes < version.kubernetes_below]
    return f"{written(later[-1].minor)} runs on it" if later else "1.20 or later, as its own table of versions says"
