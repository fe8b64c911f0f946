"""The explicit providers of one mesh, so that it never uses the shell's current context."""

from collections.abc import Collection, Mapping
from contextlib import suppress

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.cluster.cluster_client import Cluster, shared_cluster
from meshx.config.stack import StackConfiguration
from meshx.stack.awaited_outputs import known_value, substituting
from meshx.stack.hooks import ClusterFinder
from meshx.stack.logical_names import named
from meshx.stack.meshx_provider import MachinesProvider
from meshx.stack.object_writes import object_writes
from meshx.stack.plugin_functions import UnknownClusterError, asked

OWN_PLUGIN = "meshx"


def providers(
    configuration: StackConfiguration, given: Collection[pulumi.ProviderResource] = ()
) -> list[pulumi.ProviderResource]:
    """The Kubernetes provider for the configured context, meshx's own plugin for machines, and one for commands.

    given: providers that the mesh was handed, which stand in for ours of the same package. Raises
    pulumi.RunError if this Python has no package for what the configuration has.
    """
    by_package = {one.package: one for one in given}
    machines = by_package.get(OWN_PLUGIN) or _machines(configuration)
    explicit = [by_package.get("kubernetes") or _cluster(configuration, machines), machines]
    if "command" in by_package:
        explicit.append(by_package["command"])
    elif any(machine.commands for machine in configuration.machines):
        # Imported here, so that a stack without commands does not need the plugin `command`.
        from meshx.stack.command_provider import commands_provider  # noqa: PLC0415

        explicit.append(commands_provider())
    if "gcp" in by_package:
        explicit.append(by_package["gcp"])
    elif configuration.has_instances:
        # As above: Google's SDK is loaded only for a stack with instances.
        try:
            from meshx.stack.google_cloud_provider import google_cloud  # noqa: PLC0415
        except ModuleNotFoundError as error:
            if error.name != "pulumi_gcp":
                raise
            raise pulumi.RunError(
                "the stack has instances of Compute Engine, and this Python has no package pulumi-gcp: write "
                "pulumi-meshx[gce] in requirements.txt, and install that"
            ) from None

        explicit.append(google_cloud(configuration.gce))
    return explicit


def provided(opts: pulumi.ResourceOptions) -> list[pulumi.ProviderResource]:
    """The providers that a component's options hand over."""
    given = opts.providers or []
    several = list(given.values()) if isinstance(given, Mapping) else given
    one = [] if opts.provider is None else [opts.provider]
    return [*one, *([several] if isinstance(several, pulumi.ProviderResource) else several)]


def without_providers(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The same options without providers."""
    other = pulumi.ResourceOptions.merge(None, opts)
    other.provider = other.providers = None
    return other


def cluster_finder(configuration: StackConfiguration) -> ClusterFinder:
    """What gives the cluster to the program itself, once it is known."""
    file, text = configuration.cluster.kubeconfig_file, configuration.kubeconfig.get_secret_value()

    async def find() -> Cluster | None:
        context, kubeconfig = await known_value(configuration.cluster.context), await known_value(text)
        if context is None or kubeconfig is None:
            return None
        return shared_cluster(str(file.path) if file else None, context, kubeconfig or None)

    return find


def _machines(configuration: StackConfiguration) -> pulumi.ProviderResource:
    kubeconfig, key_file = configuration.cluster.kubeconfig_file, configuration.ssh.private_key_file
    machines = MachinesProvider(
        named("machines"),
        {
            "kubeconfigFile": kubeconfig.reference if kubeconfig else None,
            "kubeconfig": configuration.kubeconfig.get_secret_value() or None,
            "context": configuration.cluster.context,
            "formerContext": configuration.former.context if configuration.former else None,
            "clusterUid": configuration.environment.cluster_uid,
            "sshPrivateKeyFile": key_file.reference if key_file else None,
            "sshPrivateKeyVariable": configuration.ssh.private_key_variable,
            "sshPrivateKey": configuration.ssh_private_key.get_secret_value() or None,
            "lookInPreviews": configuration.ssh.look_in_previews or None,
            "revoked": _revoked(configuration),
            "sshMaxConnections": configuration.ssh.max_connections,
            "maxUnavailable": configuration.rollout.max_unavailable,
        },
        pulumi.ResourceOptions(transformations=[substituting]),
    )
    if configuration.environment.cluster_uid:
        # The plugin refuses any other cluster; the program registers nothing else before it answers.
        with suppress(UnknownClusterError):
            asked("meshx:index:kubernetesCluster", {}, provider=machines)
    return machines


def _cluster(configuration: StackConfiguration, machines: pulumi.ProviderResource) -> pulumi.ProviderResource:
    file, text = configuration.cluster.kubeconfig_file, configuration.kubeconfig.get_secret_value()
    writes = object_writes(configuration.mesh.line, machines)
    return kubernetes.Provider(
        named("cluster"),
        kubeconfig=pulumi.Output.secret(text) if text else file.reference if file else None,
        context=configuration.cluster.context,
        opts=pulumi.ResourceOptions(transformations=[writes, substituting]),
    )


def _revoked(configuration: StackConfiguration) -> dict[str, list[str]] | None:
    machines = configuration.revoked_machines
    if not machines:
        return None
    # A host that another machine has now is that machine.
    used = {machine.ssh.host for machine in configuration.machines}
    return {
        "machines": sorted(machine.name for machine in machines),
        "hosts": sorted({machine.ssh.host for machine in machines} - used),
        "accounts": sorted(
            f"{one.namespace}/{account}" for one in configuration.workloads for account in one.revoked_accounts
        ),
    }
