"""The authority of a mesh that machines come from, for the istiod that they go to."""

import pulumi

from meshx.components.resources.mesh_authority import MeshAuthority
from meshx.config.sections.mesh import MeshConfiguration
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.stack.logical_names import named


def former_authority(
    mesh: MeshConfiguration, labels: dict[str, str], namespace: pulumi.Resource, parent: pulumi.Resource
) -> pulumi.Resource:
    """Make Secret cacerts of what the former mesh signs with, before istiod starts; namespace: the control plane's.

    It outlives `meshx:former`, and goes with its namespace: an istiod without it would make a root of its own.
    """
    return MeshAuthority(
        named("authority"),
        {"namespace": SYSTEM_NAMESPACE, "labels": labels, "trustDomain": mesh.trust_domain, "source": "former"},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[namespace], retain_on_delete=True),
    )
