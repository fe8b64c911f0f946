"""Writes Secret `cacerts`: what differs from what is wanted, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_objects import create, merge, part
from meshx.cluster.trust.on_machines import ON_MACHINES, note_of, noted
from meshx.cluster.trust.present_trust import PREFERRED_ENTRIES, IssuingAuthority, PresentTrust, secret_path
from meshx.cluster.trust.standing import ANNOTATION
from meshx.cluster.trust.wanted_trust import entries, holds, wanted_roots
from meshx.config.values.certificates import fingerprint
from meshx.istio.root_certificate import PLUGGED_SECRET


def write(
    cluster: Cluster,
    wanted: Mapping[str, Any],
    present: PresentTrust,
    issuer: IssuingAuthority,
    *,
    dry_run: bool = False,
) -> Mapping[str, Any]:
    """Write what differs and return the Secret. ClusterError.

    wanted: `namespace`, `labels`, `roots`, as of a MeshRoots. dry_run: the cluster checks it and changes nothing.
    """
    namespace, labels, secret = str(wanted["namespace"]), wanted["labels"], present.secret
    roots, doing = wanted_roots(wanted["roots"]), f"writing Secret {namespace}/{PLUGGED_SECRET}"
    data = {name: base64.b64encode(content).decode() for name, content in entries(roots, issuer).items()}
    # Whatever istiod has had: from now on it has to take this first.
    known = {ANNOTATION: present.standing.pending(issuer.root).written()}
    if secret is None:
        metadata = {"name": PLUGGED_SECRET, "namespace": namespace, "labels": labels, "annotations": known}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}
        return create(cluster, secret_path(namespace).rpartition("/")[0], body, doing, dry_run=dry_run)
    change: dict[str, Any] = {"metadata": {"labels": labels}}
    if not holds(present, roots, issuer):
        if before := noted(secret):
            # What goes and comes again has to be brought to machines again.
            known[ON_MACHINES] = note_of(root for root in roots if fingerprint(root) in before)
        # With the version: what somebody else has written meanwhile is looked at first.
        version = part(secret, "metadata").get("resourceVersion")
        change["metadata"] |= {"annotations": known, "resourceVersion": version}
        stale = {name: None for name in PREFERRED_ENTRIES if name in part(secret, "data")}
        change["data"] = {**data, **stale}
    elif labels.items() <= part(part(secret, "metadata"), "labels").items():
        return secret
    return merge(cluster, secret_path(namespace), change, doing, dry_run=dry_run)
