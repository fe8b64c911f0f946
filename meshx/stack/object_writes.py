"""How objects are written to the cluster: by the server's own merging, where the cluster has that."""

import os
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.classic_versions import SERVER_SIDE_APPLY_SINCE
from meshx.istio.versions import IstioLine
from meshx.stack.plugin_functions import asked

BY_THE_SERVER: dict[str, Any] = {"upsertExistingObjects": "true", "enablePatchForce": "true"}
"""A create goes on over an object that is there: a run that was killed made it and could not say so. Whose it is,
meshx/cluster/interrupted_runs.py asks beforehand. And an update puts right what others changed in an object of the
stack, where it would call that a conflict."""

PATCH_FORCE = "PULUMI_K8S_ENABLE_PATCH_FORCE"
"""What says the latter to plugins that do not know `enablePatchForce`, 4.25.0 among them (pkg/await/await.go). Those do
the former anyway."""

BY_THE_CLIENT: dict[str, Any] = {"enableServerSideApply": "false"}
"""Below Kubernetes 1.16. There a create over what a killed run made fails, until that object is deleted or imported."""


def object_writes(line: IstioLine, plugin: pulumi.ProviderResource) -> pulumi.ResourceTransformation:
    """Gives the Kubernetes provider its settings; only where Istio may be older than the cluster's merging is it asked.

    A transformation, since the SDK of one plugin does not know all settings of another; the plugin leaves those alone
    that it does not know.
    """
    settings = BY_THE_SERVER if line is IstioLine.ISTIOD else _by_version(plugin)
    if settings is BY_THE_SERVER and (warning := missing_variable(kubernetes.ProviderArgs, os.environ)):
        pulumi.log.warn(warning)

    def give(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        return pulumi.ResourceTransformationResult({**args.props, **settings}, args.opts)

    return give


def missing_variable(provider_arguments: type, environment: Mapping[str, str]) -> str:
    """What to say where the plugin needs a variable of the engine's environment that is not set; "" where it is well.

    provider_arguments: the arguments of the installed SDK's provider, which knows what its plugin knows.
    """
    if hasattr(provider_arguments, "enable_patch_force") or environment.get(PATCH_FORCE) == "true":
        return ""
    return (
        "an object that somebody else changed is not put right, but reported as a conflict: this plugin needs "
        f"`export {PATCH_FORCE}=true` in the shell that runs `pulumi` (the targets of the Makefile set it)"
    )


def _by_version(plugin: pulumi.ProviderResource) -> dict[str, Any]:
    found = asked("meshx:index:kubernetesCluster", {}, provider=plugin)
    version = (int(found["major"]), int(found["minor"]))
    return BY_THE_SERVER if version >= SERVER_SIDE_APPLY_SINCE else BY_THE_CLIENT
