"""What turns mesh expansion on in an installation of Istio 1.1 to 1.4 of somebody else's."""

from meshx.istio.classic_versions import ClassicVersion


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
