"""How the provider writes objects to the cluster: with server-side apply, if the cluster has it."""

import os
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from meshx.istio.classic_versions import SERVER_SIDE_APPLY_SINCE
from meshx.istio.versions import IstioLine
from meshx.stack.plugin_functions import asked

BY_THE_SERVER: dict[str, Any] = {"upsertExistingObjects": "true", "enablePatchForce": "true"}
"""A create may overwrite an existing object: a killed run made it, but the state does not know it.
meshx/cluster/interrupted_runs.py checks its owner first. And an update repairs what others changed in an object of the
stack, instead of reporting a conflict."""

PATCH_FORCE = "PULUMI_K8S_ENABLE_PATCH_FORCE"
"""Sets the second for plugins that do not know `enablePatchForce`, such as 4.25.0 (pkg/await/await.go). These do the
first anyway."""

BY_THE_CLIENT: dict[str, Any] = {"enableServerSideApply": "false"}
"""Below Kubernetes 1.16. There a create fails over an object that a killed run made, until it is deleted or
imported."""


def object_writes(line: IstioLine, plugin: pulumi.ProviderResource) -> pulumi.ResourceTransformation:
    """A transformation that sets how the Kubernetes provider writes. It asks for the cluster's version only on the
    classic line, whose clusters may lack server-side apply.

    It is a transformation, since an SDK does not know all settings of other plugin versions; a plugin ignores settings
    that it does not know.
    """
    settings = BY_THE_SERVER if line is IstioLine.ISTIOD else _by_version(plugin)
    if settings is BY_THE_SERVER and (warning := missing_variable(kubernetes.ProviderArgs, os.environ)):
        pulumi.log.warn(warning)

    def give(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        return pulumi.ResourceTransformationResult({**args.props, **settings}, args.opts)

    return give


def missing_variable(provider_arguments: type, environment: Mapping[str, str]) -> str:
    """A warning if the plugin needs an environment variable of the engine that is not set; "" if all is well.

    provider_arguments: the arguments of the installed SDK's provider, which match its plugin's.
    """
    if hasattr(provider_arguments, "enable_patch_force") or environment.get(PATCH_FORCE) == "true":
        return ""
    return (
        "the plugin will not repair an object that somebody else changed, but report a conflict: it needs `export "
        f"{PATCH_FORCE}=true` in the shell that runs `pulumi` (the targets of the Makefile set it)"
    )


def _by_version(plugin: pulumi.ProviderResource) -> dict[str, Any]:
    found = asked("meshx:index:kubernetesCluster", {}, provider=plugin)
    version = (int(found["major"]), int(found["minor"]))
    return BY_THE_SERVER if version >= SERVER_SIDE_APPLY_SINCE else BY_THE_CLIENT
