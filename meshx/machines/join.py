"""The resource Join as the program sees it; what it does is in meshx/provider."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi


class MachinesProvider(pulumi.ProviderResource):
    """meshx's own plugin with the settings of one stack: the cluster to mint tokens in, the key to reach machines with.

    The program and the plugin run in different folders, so the paths must be absolute.
    """

    def __init__(
        self,
        name: str,
        kubeconfig_file: str | None,
        context: str,
        ssh_private_key_file: str | None,
        ssh_private_key: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props: dict[str, Any] = {
            "kubeconfigFile": kubeconfig_file,
            "context": context,
            "sshPrivateKeyFile": ssh_private_key_file,
            "sshPrivateKey": pulumi.Output.secret(ssh_private_key) if ssh_private_key is not None else None,
        }
        super().__init__("meshx", name, {key: value for key, value in props.items() if value is not None}, opts)


class JoinArgs(TypedDict):
    """What a join is made of; the shapes are those of meshx/provider/join_resource.py."""

    machine: str
    namespace: str
    serviceAccount: str
    connection: Mapping[str, Any]
    bundle: pulumi.Input[Mapping[str, Any]]
    workloadEntry: str | None
    token: Mapping[str, Any]
    drainSeconds: int
    onUnreachable: str


class Join(pulumi.CustomResource):
    """A machine's place in the mesh: delivered, kept true, and taken back.

    **Pulumi Type:** `meshx:index:Join`. Its `bundle` is what stands on the machine; a refresh replaces in it whatever
    differs there, so that the difference is shown and the next update repairs it.
    """

    def __init__(self, name: str, args: JoinArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            "meshx:index:Join", name, {key: value for key, value in args.items() if value is not None}, opts
        )
