"""The control planes that run in a cluster, by revision: the function `meshx:index:controlPlanes`.

Arguments: `{namespace, owners, stays, asked}`: `owners` are the marks of this stack, `stays` the revision that is not
asked who is connected, or a tag that leads to it, `asked` one that is, whoever installed it; the stack's own others are
asked as well. A control plane without a revision is `default`.

Result: `{controlPlanes: [{revision, version, owned, proxies, trouble}], leadsTo}`: `leadsTo` is the revision to which
`stays` leads ("" if it is no tag), `version` that of the tag of istiod's image ("" if it names none), `owned` whether
the stack installed it, `proxies` the names of the proxies that are connected (proxy_connections.py; none where nobody
asked), `trouble` why istiod did not say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_lookups import config_map, deployments, service
from meshx.cluster.cluster_objects import found, listed, part
from meshx.cluster.ownership import owner_in_values
from meshx.cluster.proxy_connections import connected_proxies
from meshx.control_plane.adopted_facts import mapping, revisioned
from meshx.control_plane.running_istiod_function import ISTIOD_CONTAINER, revision_of
from meshx.istio.labels import REVISION_LABEL
from meshx.plugin_base.property_values import Properties

_VERSION = re.compile(r":v?(1\.\d{1,3}(?:\.\d{1,4})?)(?![\d.])[^/:]*$")


def control_planes(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the control planes, ordered by revision; ClusterError."""
    namespace, owners = str(arguments["namespace"]), arguments["owners"]
    there = [
        _control_plane(cluster, namespace, deployment, owners)
        for deployment in deployments(cluster, namespace, "app=istiod")
    ]
    stays = str(arguments["stays"])
    leads_to = "" if any(one["revision"] == stays for one in there) else _led_to(cluster, namespace, stays)
    for one in there:
        if one["revision"] not in (stays, leads_to) and (one["owned"] or one["revision"] == arguments["asked"]):
            one.update(_connected(cluster, namespace, str(one["revision"])))
    return {"controlPlanes": sorted(there, key=lambda one: str(one["revision"])), "leadsTo": leads_to}


def version_of(image: str) -> str:
    """Return the version of Istio that an image's tag names, "" if it names none."""
    tagged = _VERSION.search(image.partition("@")[0])
    return tagged[1] if tagged else ""


def _led_to(cluster: Cluster, namespace: str, tag: str) -> str:
    """Return the revision of a tag: of its Service, which newer charts and `istioctl tag` make, or of its webhook
    (istio/pkg/revisions/tag_watcher.go); "" also if this user may not read webhooks."""
    webhook = f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-revision-tag-{tag}"
    try:
        tagged = service(cluster, namespace, f"istiod-revision-tag-{tag}") or found(cluster, webhook) or {}
    except ClusterError as error:
        if error.status not in NOT_ALLOWED:
            raise
        return ""
    return str(part(part(tagged, "metadata"), "labels").get(REVISION_LABEL) or "")


def _control_plane(
    cluster: Cluster, namespace: str, deployment: Mapping[str, Any], owners: Sequence[str]
) -> dict[str, Any]:
    revision = revision_of(deployment)
    containers: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    image = next((str(one.get("image") or "") for one in containers if one["name"] == ISTIOD_CONTAINER), "")
    injector = config_map(cluster, namespace, revisioned("istio-sidecar-injector", revision)) or {}
    owner = owner_in_values(mapping(json.loads(injector.get("values") or "{}")))
    return {
        "revision": revision,
        "version": version_of(image),
        "owned": owner is not None and owner in owners,
        "proxies": [],
        "trouble": "",
    }


def _connected(cluster: Cluster, namespace: str, revision: str) -> dict[str, Any]:
    """The proxies of all of an istiod's pods; a pod that is not ready may serve some all the same."""
    selector = {"labelSelector": f"app=istiod,{REVISION_LABEL}={revision}"}
    proxies: set[str] = set()
    try:
        for pod in listed(cluster, f"/api/v1/namespaces/{namespace}/pods", selector):
            if _may_serve(pod):
                proxies.update(connected_proxies(cluster, namespace, str(pod["metadata"]["name"])))
    except ClusterError as error:
        return {"trouble": str(error)}
    return {"proxies": sorted(proxies)}


def _may_serve(pod: Mapping[str, Any]) -> bool:
    """Whether its istiod runs; one that does not come up, which nobody can ask, serves nobody."""
    status = part(pod, "status")
    containers: list[dict[str, Any]] = status.get("containerStatuses") or []
    stands = any(one["name"] == ISTIOD_CONTAINER and "running" not in part(one, "state") for one in containers)
    return status.get("phase") == "Running" and not stands and not pod["metadata"].get("deletionTimestamp")
