"""The checks of everything that a mesh makes in the cluster, as hooks that run just before the engine acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pulumi

from meshx.cluster.cluster_client import NO_ANSWER, Cluster, ClusterError
from meshx.cluster.interrupted_runs import (
    ForeignObjectError,
    change_object,
    clear_for_install,
    clear_for_upgrade,
    go_on_with_object,
)
from meshx.config.owner import Owner
from meshx.plugin_base.custom_resource import Operation

RELEASE = "kubernetes:helm.sh/v3:Release"
# Not the loop's own threads: with many resources all of them wait for registrations, which wait for the hooks
# (Pulumi SDK, pulumi/runtime/resource.py, run_in_executor), so that neither would ever end.
_THREADS = ThreadPoolExecutor(thread_name_prefix="hooks")

Check = Callable[[Cluster, Mapping[str, Any], Owner, bool], str | None]
"""Gets the cluster, the resource's inputs, this stack, and whether it is a preview; returns what it did."""


ClusterFinder = Callable[[], Awaitable[Cluster | None]]
"""Gives the cluster, once it is known; None in a preview that does not know it."""


class RefusedError(Exception):
    """Ends an operation whose reason was logged already."""


def owned(
    find: ClusterFinder, owner: Owner, name: str, release_checks: Mapping[str, Check] | None = None
) -> pulumi.ResourceTransformation:
    """A transformation that adds the check to every Kubernetes resource below a component.

    An object may be created over an existing one only if this stack owns that, so the provider may take over existing
    objects; what is in the state is changed only while no other stack has marked it. The check clears a release of what
    a dead run left. `name` distinguishes the hooks from those of other components. Hooks run in the program, before the
    operation itself; an error in a hook fails the operation. In a preview they refuse what belongs to others and change
    nothing. find: gives the cluster. release_checks: further checks of single releases, by the release's name.
    """
    silent = asyncio.Event()

    def hook(subject: str, check: Check) -> pulumi.ResourceHook:
        in_previews = pulumi.ResourceHookOptions(on_dry_run=True)
        return pulumi.ResourceHook(f"{name}-{subject}", _run(check, find, owner, silent), in_previews)

    of_objects = pulumi.ResourceHookBinding(
        before_create=[hook("object-is-ours", go_on_with_object)],
        before_update=[hook("object-is-still-ours", change_object)],
    )
    installed = hook("release-may-be-installed", clear_for_install)
    upgraded = hook("release-may-be-upgraded", clear_for_upgrade)
    besides = {one: [hook(f"{one}-may-be-made", check)] for one, check in (release_checks or {}).items()}

    def bind(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not args.type_.startswith("kubernetes:"):
            return None
        binding = of_objects
        if args.type_ == RELEASE:
            more = besides.get(args.name, [])
            binding = pulumi.ResourceHookBinding(before_create=[installed, *more], before_update=[upgraded, *more])
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        return pulumi.ResourceTransformationResult(args.props, opts)

    return bind


def _run(
    check: Check, find: ClusterFinder, owner: Owner, silent: asyncio.Event
) -> Callable[[pulumi.ResourceHookArgs], Awaitable[None]]:
    """Sets `silent` once the cluster gives a preview no answer: asking again for each object would only take time."""

    async def run(args: pulumi.ResourceHookArgs) -> None:
        preview = pulumi.runtime.is_dry_run()
        if preview and silent.is_set():
            return
        cluster, waited_for = await find(), list[str]()
        if cluster is None:
            return  # a preview that does not know it yet
        asked = cluster
        if not preview:
            asked = cluster.patient(Operation("", "", args.name, log=lambda _, message: waited_for.append(message)))
        try:
            # In a thread, so that the loop can register the program's other resources meanwhile.
            look = partial(check, asked, args.new_inputs or {}, owner, preview)
            told = await asyncio.get_running_loop().run_in_executor(_THREADS, look)
        except ForeignObjectError as error:
            # The engine ends the program after a hook's error, and the error's text is sometimes lost.
            pulumi.log.error(str(error))
            raise RefusedError("refused, for the reason above") from None
        except ClusterError as error:
            if preview:
                if error.status == NO_ANSWER:
                    silent.set()
                pulumi.log.debug(f"{args.name}: this preview could not look up its owner: {error}")
                return
            pulumi.log.error(str(error))
            raise RefusedError("could not look up its owner, for the reason above") from None
        for line in (*waited_for, told):
            if line:
                pulumi.log.info(line)

    return run
