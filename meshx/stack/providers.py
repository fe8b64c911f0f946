"""The explicit providers of one stack, so that it never uses the shell's current context."""

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.config.stack import StackConfiguration
from meshx.stack.meshx_provider import MachinesProvider
from meshx.stack.object_writes import object_writes
from meshx.stack.plugin_functions import asked


def providers(configuration: StackConfiguration) -> list[pulumi.ProviderResource]:
    """The Kubernetes provider for the configured context, meshx's own plugin for machines, and one for commands.

    Raises pulumi.RunError if this Python has no package for what the configuration has.
    """
    kubeconfig = configuration.cluster.kubeconfig_file
    kubeconfig_file = kubeconfig.reference if kubeconfig else None
    key_file = configuration.ssh.private_key_file
    context = configuration.cluster.context
    machines = MachinesProvider(
        "machines",
        {
            "kubeconfigFile": kubeconfig_file,
            "context": context,
            "clusterUid": configuration.environment.cluster_uid,
            "sshPrivateKeyFile": key_file.reference if key_file else None,
            "sshPrivateKeyVariable": configuration.ssh.private_key_variable,
            "sshPrivateKey": configuration.ssh_private_key.get_secret_value() or None,
            "lookInPreviews": configuration.ssh.look_in_previews or None,
            "sshMaxConnections": configuration.ssh.max_connections,
        },
    )
    if configuration.environment.cluster_uid:
        # The plugin refuses any other cluster; the program registers nothing else before it answers.
        asked("meshx:index:kubernetesCluster", {}, provider=machines)
    writes = object_writes(configuration.mesh.line, machines)
    explicit: list[pulumi.ProviderResource] = [
        kubernetes.Provider(
            "cluster",
            kubeconfig=kubeconfig_file,
            context=context,
            opts=pulumi.ResourceOptions(transformations=[writes]),
        ),
        machines,
    ]
    if any(machine.commands for machine in configuration.machines):
        # Imported here, so that a stack without commands does not need the plugin `command`.
        from meshx.stack.command_provider import commands_provider  # noqa: PLC0415

        explicit.append(commands_provider())
    if configuration.has_instances:
        # As above: Google's SDK is loaded only for a stack with instances.
        try:
            from meshx.stack.google_cloud_provider import google_cloud  # noqa: PLC0415
        except ModuleNotFoundError as error:
            if error.name != "pulumi_gcp":
                raise
            raise pulumi.RunError(
                "the stack has instances of Compute Engine, and this Python has no package pulumi-gcp: write "
                "meshx[gce] in requirements.txt, and install that"
            ) from None

        explicit.append(google_cloud(configuration.gce))
    return explicit
