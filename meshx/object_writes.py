"""How objects are written to the cluster: by the server's own merging, where the cluster has that."""

from typing import Any

import pulumi

from meshx.config.classic_line import SERVER_SIDE_APPLY_SINCE
from meshx.config.istio_version import Generation
from meshx.control_plane.asking import asked

BY_THE_SERVER: dict[str, Any] = {"upsert_existing_objects": True, "enable_patch_force": True}
"""A create goes on over an object that is there: a run that was killed made it and could not say so. Whose it is,
meshx/recovery asks beforehand. And an update puts right what others changed in an object of the stack, where it would
call that a conflict."""

BY_THE_CLIENT: dict[str, Any] = {"enable_server_side_apply": False}
"""Below Kubernetes 1.16. There a create over what a killed run made fails, until that object is deleted or imported."""


def object_writes(generation: Generation, plugin: pulumi.ProviderResource) -> dict[str, Any]:
    """Settings of the Kubernetes provider; only where Istio may be older than the cluster's merging is it asked."""
    if generation is Generation.ISTIOD:
        return BY_THE_SERVER
    found = asked("meshx:index:kubernetesCluster", {}, provider=plugin)
    version = (int(found["major"]), int(found["minor"]))
    return BY_THE_SERVER if version >= SERVER_SIDE_APPLY_SINCE else BY_THE_CLIENT
