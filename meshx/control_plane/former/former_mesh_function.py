"""What a mesh that machines come from has in common with this one: the function `meshx:index:formerMesh`.

Arguments: `{context, namespace, installs}`: the former cluster's, in the same kubeconfig, the control plane's in both,
and whether this stack says by what its istiod signs, so that it may read the Secrets for that. Result: `{sameCluster,
citadel, formerRoots, formerIssuer, roots, issuer, authority}`: whether it is this very cluster, whether a Citadel is
there, the roots that each mesh trusts and the one by which it issues (PEM text, "" without any, or where that is not
known), and by what this one's istiod signs: `cacerts`, `own` for a root that it made itself, "" for nothing yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding

from meshx.cluster.authority import CERTIFICATE, CHAIN, ROOT, istiods_entries
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_identity import uid_of
from meshx.cluster.cluster_lookups import config_map
from meshx.cluster.cluster_objects import found, part
from meshx.cluster.secret_entries import decoded_entries
from meshx.config.values.certificates import path_to_root, read_certificates
from meshx.control_plane.running_citadel_function import signs_by_secret
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET, ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY
from meshx.plugin_base.property_values import Properties


def former_mesh(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what the two have in common; ClusterError if one of the clusters does not answer."""
    former, namespace = cluster.beside(str(arguments["context"])), str(arguments["namespace"])
    citadel = found(former, f"/apis/apps/v1/namespaces/{namespace}/deployments/istio-citadel")
    written = config_map(cluster, namespace, ROOT_CERTIFICATE_CONFIG_MAP) or {}
    plugged, own = (
        _entries(cluster, namespace, name) if arguments["installs"] else {} for name in (PLUGGED_SECRET, OWN_SECRET)
    )
    theirs: Mapping[str, str] = {}
    if citadel is not None:
        name = PLUGGED_SECRET if signs_by_secret(citadel) else OWN_SECRET
        theirs = _whole(name, _entries(former, namespace, name))
    plugged = istiods_entries(plugged)
    ours = plugged or _whole(OWN_SECRET, own)
    return {
        "sameCluster": uid_of(cluster) == uid_of(former),
        "citadel": citadel is not None,
        "formerRoots": _text(theirs, ROOT),
        "formerIssuer": _issuing_root(theirs),
        "issuer": _issuing_root(ours),
        "roots": written.get(ROOT_CERTIFICATE_KEY) or _text(plugged, ROOT),
        "authority": PLUGGED_SECRET if plugged else "own" if own else "",
    }


def _whole(secret: str, data: Mapping[str, str]) -> Mapping[str, str]:
    """A Secret's entries, as `cacerts` has them: the certificate of an authority that made itself is its own root."""
    return {**data, ROOT: data.get(CERTIFICATE, "")} if secret == OWN_SECRET else data


def _issuing_root(data: Mapping[str, str]) -> str:
    first, between, roots = (read_certificates(_text(data, name).encode()) for name in (CERTIFICATE, CHAIN, ROOT))
    path = path_to_root(first[0], between, roots) if first else ()
    return path[-1].public_bytes(Encoding.PEM).decode() if path else ""


def _entries(cluster: Cluster, namespace: str, name: str) -> dict[str, str]:
    return part(found(cluster, f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}, "data")


def _text(data: Mapping[str, str], entry: str) -> str:
    return decoded_entries(data, (entry,))[0].get(entry, b"").decode()
