"""What a preview says of the mesh that machines come from, and whether this one is to sign by the same authority."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography import x509

from meshx.cluster.certificate import names_of
from meshx.cluster.cluster_client import FORMER_KEY
from meshx.config.leaves import is_placeholder
from meshx.config.sections.trust import TrustConfiguration
from meshx.config.stack import StackConfiguration
from meshx.config.values.certificates import name_of, path_to_root, read_certificates
from meshx.control_plane.ask import Ask
from meshx.control_plane.unfit_mesh import UnfitMeshError
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET


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
    reads_secrets = may_share(configuration) or configuration.trust is not None
    arguments = {"context": context, "namespace": namespace, "installs": reads_secrets}
    found = ask("meshx:index:formerMesh", arguments)
    if found["sameCluster"]:
        raise UnfitMeshError(
            f"{FORMER_KEY} is {context}, which leads to the cluster that this mesh is in: name the one that the "
            "machines come from"
        )
    if not found["citadel"]:
        raise UnfitMeshError(
            f"{FORMER_KEY} is {context}, where no control plane of Istio 1.1 to 1.4 runs (Deployment "
            f"{namespace}/istio-citadel is missing): name the cluster that the machines come from, or leave the key "
            "out once all have come"
        )
    shares = may_share(configuration) and found["authority"] != "own"
    if shares and not found["authority"]:
        told = f"this mesh signs by the authority of the former one (context {context}), so both trust both"
        return FormerMesh(shares_authority=True, words=told)
    if configuration.trust and _awaited(configuration.trust):
        told = f"whether this mesh and the former one (context {context}) trust each other is not known yet"
        return FormerMesh(words=f"{told}: meshx:trust has outputs of other resources")
    theirs = Trusting.of(found["formerRoots"], found["formerIssuer"])
    ours = _of_stack(configuration.trust, found["issuer"]) or Trusting.of(found["roots"], found["issuer"])
    common = theirs.roots & ours.roots
    if not common:
        return FormerMesh(shares_authority=shares, warning=_nothing_in_common(context, namespace))
    if warning := _one_sided(theirs, ours, context):
        return FormerMesh(shares_authority=shares, warning=warning)
    told = f"this mesh and the former one (context {context}) both trust {names_of(common)}"
    return FormerMesh(shares_authority=shares, words=told)


@dataclass(frozen=True)
class Trusting:
    """The roots that a mesh trusts, and the one by which it issues; () and None where they are not known."""

    roots: frozenset[x509.Certificate]
    issuer: x509.Certificate | None

    @classmethod
    def of(cls, roots: str, issuer: str) -> Trusting:
        """Those of PEM texts."""
        return cls(frozenset(read_certificates(roots.encode())), next(iter(read_certificates(issuer.encode())), None))


def _of_stack(trust: TrustConfiguration | None, issues_now: str) -> Trusting | None:
    """What the stack's file says; without an issuer there the present one goes on."""
    if trust is None:
        return None
    said = Trusting.of("".join(trust.roots), issues_now)
    if trust.issuer is None:
        return said
    first = read_certificates(trust.issuer.certificate.encode())[0]
    path = path_to_root(first, read_certificates((trust.issuer.chain or "").encode()), tuple(said.roots))
    return replace(said, issuer=path[-1] if path else None)


def _awaited(trust: TrustConfiguration) -> bool:
    issuer = (trust.issuer.certificate, trust.issuer.chain) if trust.issuer else ()
    return any(map(is_placeholder, (*trust.roots, *issuer)))


def _one_sided(theirs: Trusting, ours: Trusting, context: str) -> str:
    """Words where one of two with a common root refuses the other all the same; "" if none does."""
    move = "Or move callers and machines at the same time"
    if ours.issuer is not None and ours.issuer not in theirs.roots:
        return (
            f"this mesh issues by {name_of(ours.issuer)}, which the former one (context {context}) does not trust: "
            "while machines come over, pods and machines of the former mesh refuse those of this one. Before that, "
            f"have this one issue by a root that both trust (meshx:trust.issuer, docs/trust.md). {move}"
        )
    if theirs.issuer is not None and theirs.issuer not in ours.roots:
        return (
            f"the former mesh (context {context}) issues by {name_of(theirs.issuer)}, which this one does not trust: "
            "while machines come over, pods and machines of this mesh refuse those of the former one. Before that, "
            f"trust that root here, too (meshx:trust.roots, docs/trust.md). {move}"
        )
    return ""


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
