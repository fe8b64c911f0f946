"""A control plane that somebody else installed: what the configuration states of it, and what does not fit."""

import pulumi

from meshx.config.sections.mesh import MeshConfiguration


class ForeignControlPlaneError(pulumi.RunError):
    """The control plane that was found is not one that machines can join as configured.

    A RunError, since it is raised where outputs become known: of that kind alone the engine prints the text only.
    """


def stated_facts(mesh: MeshConfiguration) -> dict[str, str]:
    """What the configuration itself writes of `meshId`, `clusterName`, `network` and `trustDomain`; defaults aside."""
    written = {
        "meshId": ("mesh_id", mesh.mesh_id),
        "clusterName": ("cluster_name", mesh.cluster_name),
        "network": ("network", mesh.network),
        "trustDomain": ("trust_domain", mesh.trust_domain),
    }
    return {key: value for key, (field, value) in written.items() if field in mesh.model_fields_set}
