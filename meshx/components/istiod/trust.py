"""The mesh's roots of trust as the stack has them: what istiod issues by, and what machines trust."""

import pulumi

from meshx.cluster.trust.living_certificates import OF_OTHER_PARTS, lifetime
from meshx.components.resources.mesh_roots import MeshRoots
from meshx.components.shared.control_plane_interface import ControlPlaneArgs
from meshx.config.stack import StackConfiguration
from meshx.control_plane.adopted_facts import revisioned
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.join.facts import ControlPlaneFacts
from meshx.join.metadata import given_metadata
from meshx.stack.logical_names import named


def roots_of_trust(
    configuration: StackConfiguration,
    facts: ControlPlaneFacts,
    args: ControlPlaneArgs,
    namespace: pulumi.Resource,
    parent: pulumi.Resource,
) -> MeshRoots | None:
    """Secret `cacerts`, before the control plane; None if the stack leaves the roots to istiod or to others.

    args: of the control plane. Of parts of a mesh nobody knows yet which machines come, so some count as being there.
    """
    trust, whole = configuration.trust, args["whole"]
    if trust is None:
        return None
    of_mesh = given_metadata(facts.proxy_defaults).get("SECRET_TTL", "")
    seconds = configuration.certificates.lifetime_seconds or int(lifetime(of_mesh).total_seconds())
    machines = [one.name for one in configuration.machines if one.is_logged_in_to] if whole else [OF_OTHER_PARTS]
    issuer, meshes = trust.issuer, (configuration.mesh, configuration.mesh.previous)
    chain = {"chain": issuer.chain} if issuer and issuer.chain else {}
    return MeshRoots(
        named("roots-of-trust"),
        {
            "namespace": SYSTEM_NAMESPACE,
            "labels": args["labels"],
            "roots": list(trust.roots),
            "issuer": {"certificate": issuer.certificate, **chain} if issuer else {},
            "key": configuration.trust_key.get_secret_value(),
            "machines": machines,
            "noted": whole and bool(machines),
            "istiods": [revisioned("istiod", mesh.revision) for mesh in meshes if mesh is not None],
            "machineSeconds": seconds,
            "instanceSeconds": seconds if not whole or configuration.has_instances else 0,
        },
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[namespace]),
    )
