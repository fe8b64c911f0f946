"""The command that turns on mesh expansion in an Istio 1.1 to 1.4 that somebody else installed."""

from meshx.istio.classic_versions import ClassicVersion


def upgrade_command(version: ClassicVersion, across_networks: bool) -> str:
    """The guides' command that turns on mesh expansion in somebody else's installation.

    The guides' values for other networks would remove Citadel's root, unless the command repeats its present setting.
    """
    if not across_networks:
        return "helm upgrade --set global.meshExpansion.enabled=true istio install/kubernetes/helm/istio"
    values = f"install/kubernetes/helm/istio/example-values/{version.gateways_values}"
    return (
        f"helm upgrade -f {values} --set global.meshExpansion.enabled=true --set security.selfSigned=<as it is now> "
        "istio install/kubernetes/helm/istio"
    )
