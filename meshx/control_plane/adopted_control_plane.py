"""A control plane that somebody else installed: its facts in the configuration, and the error if they do not fit."""

from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.unfit_mesh import UnfitMeshError


class ForeignControlPlaneError(UnfitMeshError):
    """Machines cannot join the existing control plane as configured."""


def stated_facts(mesh: MeshConfiguration) -> dict[str, str]:
    """The configured values of `meshId`, `clusterName`, `network` and `trustDomain`, without defaults."""
    written = {
        "meshId": ("mesh_id", mesh.mesh_id),
        "clusterName": ("cluster_name", mesh.cluster_name),
        "network": ("network", mesh.network),
        "trustDomain": ("trust_domain", mesh.trust_domain),
    }
    return {key: value for key, (field, value) in written.items() if field in mesh.model_fields_set}
