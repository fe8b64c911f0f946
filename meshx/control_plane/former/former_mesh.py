"""What a preview says of the mesh that machines come from, and whether this one is to sign by the same authority."""

from __future__ import annotations

from dataclasses import dataclass

from meshx.cluster.certificate import names_of
from meshx.config.stack import StackConfiguration
from meshx.config.values.certificates import read_certificates
from meshx.control_plane.ask import Ask
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET

KEY = "meshx:former.context"


@dataclass(frozen=True)
class FormerMesh:
    """shares_authority: whether the stack gives its own istiod the former mesh's authority, as Secret cacerts."""

    shares_authority: bool = False
    words: str = ""
    warning: str = ""


def former_mesh(configuration: StackConfiguration, namespace: str, ask: Ask) -> FormerMesh:
    """Ask both clusters; UnfitMeshError if machines can't come from there. namespace: the control plane's."""
    if configuration.former is None:
        return FormerMesh()
    context = configuration.former.context
    arguments = {"context": context, "namespace": namespace, "installs": may_share(configuration)}
    found = ask("meshx:index:formerMesh", arguments)
    if found["sameCluster"]:
        raise UnfitMeshError(
            f"{KEY} is {context}, which leads to the cluster that this mesh is in: name the one that the machines come "
            "from"
        )
    if not found["citadel"]:
        raise UnfitMeshError(
            f"{KEY} is {context}, where no control plane of Istio 1.1 to 1.4 runs (Deployment "
            f"{namespace}/istio-citadel is missing): name the cluster that the machines come from, or leave the key "
            "out once all have come"
        )
    shares = may_share(configuration) and found["authority"] != "own"
    if shares and not found["authority"]:
        told = f"this mesh signs by the authority of the former one (context {context}), so both trust both"
        return FormerMesh(shares_authority=True, words=told)
    trusted = "".join(configuration.trust.roots) if configuration.trust else found["roots"]
    theirs, ours = (read_certificates(roots.encode()) for roots in (found["formerRoots"], trusted))
    if common := set(theirs) & set(ours):
        told = f"this mesh and the former one (context {context}) both trust {names_of(common)}"
        return FormerMesh(shares_authority=shares, words=told)
    return FormerMesh(shares_authority=shares, warning=_nothing_in_common(context, namespace))


def may_share(configuration: StackConfiguration) -> bool:
    """Whether istiod may sign by the former mesh's authority: the stack installs it, and names no authority for it."""
    mesh = configuration.mesh
    named = configuration.trust is not None or mesh.certificate_authority is not None
    return configuration.former is not None and mesh.install.control_plane and not named


def _nothing_in_common(context: str, namespace: str) -> str:
    return (
        f"this mesh and the former one (context {context}) trust no common root: while machines come over, pods and "
        "machines of the one mesh refuse those of the other. Before that, give both the same authority as Secret "
        f"{namespace}/{PLUGGED_SECRET}: with an istiod that made its own root (Secret {OWN_SECRET}) by the three steps "
        "of docs/trust.md; or move callers and machines at the same time"
    )
