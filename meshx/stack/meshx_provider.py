"""The provider for meshx's own plugin, with the settings of one stack."""

from typing import Any, TypedDict

import pulumi


class MachinesProviderArgs(TypedDict, total=False):
    """The settings of the plugin; paths are relative to the project's folder, where plugins run."""

    kubeconfigFile: str | None
    kubeconfig: str | None
    """The kubeconfig's text, a secret, instead of a file."""
    context: str
    formerContext: str | None
    """The context of the mesh that machines come from, in the same kubeconfig; None: they come from nowhere."""
    clusterUid: str | None
    """The UID of the only cluster that it accepts; None: any."""
    sshPrivateKeyFile: str | None
    sshPrivateKeyVariable: str | None
    """The environment variable that has the key where the plugin runs."""
    sshPrivateKey: str | None
    lookInPreviews: bool | None
    """Whether a preview logs in to machines that are to join; None: it does not."""
    revoked: dict[str, list[str]] | None
    """Machines that nobody logs in to, in the shape of meshx/machine/revoked.py; None without any."""
    sshMaxConnections: int | None
    """None: as many as the plugin has for itself. It stands in no state of a stack that does not say it."""
    maxUnavailable: int | None
    """How many machines of a workload may restart at once; None: a share of those that want to."""


class MachinesProvider(pulumi.ProviderResource):
    """meshx's own plugin with the settings of one stack: the cluster that issues tokens, the key to log in to
    machines."""

    def __init__(self, name: str, settings: MachinesProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        props: dict[str, Any] = {key: value for key, value in settings.items() if value is not None}
        for secret in {"kubeconfig", "sshPrivateKey"} & props.keys():
            props[secret] = pulumi.Output.secret(props[secret])
        super().__init__("meshx", name, props, opts)
