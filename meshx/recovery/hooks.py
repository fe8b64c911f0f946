"""The checks bound to everything that a mesh makes in the cluster, as hooks that run just before the engine acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pulumi

from meshx.config.cluster import ClusterConfiguration
from meshx.provider.cluster_client import Cluster
from meshx.recovery.ours import clear_for_install, clear_for_upgrade, go_on_with_object

RELEASE = "kubernetes:helm.sh/v3:Release"

Check = Callable[[Cluster, Mapping[str, Any], str], str | None]


def owned(configuration: ClusterConfiguration, owner: str, name: str) -> pulumi.ResourceTransformation:
    """A transformation that gives every Kubernetes resource beneath a component its check.

    Creates of objects go on over this stack's own only, so that the provider may be told to take over what exists;
    releases are cleared of what a dead run left. `name` sets the hooks apart from those of another component. Hooks
    run in the program, before the operation proper and not in previews; an error of theirs fails the operation.
    """
    file = configuration.kubeconfig_file
    cluster = Cluster(str(file.path) if file else None, configuration.context)

    def hook(subject: str, check: Check) -> pulumi.ResourceHook:
        return pulumi.ResourceHook(f"{name}-{subject}", _run(check, cluster, owner))

    of_objects = pulumi.ResourceHookBinding(before_create=[hook("object-is-ours", go_on_with_object)])
    of_releases = pulumi.ResourceHookBinding(
        before_create=[hook("release-may-be-installed", clear_for_install)],
        before_update=[hook("release-may-be-upgraded", clear_for_upgrade)],
    )

    def bind(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:") or args.opts.id is not None:
            return None
        binding = of_releases if args.type_ == RELEASE else of_objects
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        return pulumi.ResourceTransformationResult(args.props, opts)

    return bind


def _run(check: Check, cluster: Cluster, owner: str) -> Callable[[pulumi.ResourceHookArgs], Awaitable[None]]:
    async def run(args: pulumi.ResourceHookArgs) -> None:
        # Off the loop, on which the program registers its other resources meanwhile.
        told = await asyncio.to_thread(check, cluster, args.new_inputs or {}, owner)
        if told:
            pulumi.log.info(told)

    return run
