"""What an istiod that somebody else installed says of itself: the function `meshx:index:runningIstiod`.

Arguments: `{namespace, revision, namespaces}`, where `namespaces` are those whose labels are wanted. Result: `{mesh,
meshNetworks, injectorValues, rootCertificate, network, environment, namespaces}`: the keys
`mesh` and `meshNetworks` of ConfigMap `istio[-<revision>]` (YAML), the key `values` of ConfigMap
`istio-sidecar-injector[-<revision>]` (JSON), the root certificate (PEM), the label `topology.istio.io/network` of
its namespace ("" without one), the variables of istiod's container that have plain values, and the labels of each
namespace that is there.
Source: istio/istioctl/pkg/workload/workload.go; istio/pilot/pkg/serviceregistry/kube/controller/network.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map, deployments, namespace_labels
from meshx.cluster.cluster_objects import part
from meshx.control_plane.root_certificate_function import root_certificate
from meshx.istio.labels import DEFAULT_REVISION, NETWORK_LABEL, REVISION_LABEL
from meshx.join.hosts import is_named_revision
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties

ISTIOD_CONTAINER = "discovery"


def running_istiod(cluster: Cluster, arguments: Properties) -> Properties:
    """Return what istiod says of itself; ResourceError names what is missing and what to write instead."""
    namespace, revision = str(arguments["namespace"]), str(arguments["revision"])
    suffix = f"-{revision}" if is_named_revision(revision) else ""
    mesh = config_map(cluster, namespace, f"istio{suffix}")
    injector = config_map(cluster, namespace, f"istio-sidecar-injector{suffix}")
    if mesh is None or injector is None:
        missing = f"istio{suffix}" if mesh is None else f"istio-sidecar-injector{suffix}"
        raise ResourceError(_no_istiod(cluster, namespace, revision, missing))
    root = root_certificate(cluster, {"namespace": namespace})
    return {
        "mesh": mesh.get("mesh", ""),
        "meshNetworks": mesh.get("meshNetworks", ""),
        "injectorValues": injector.get("values", "{}"),
        "rootCertificate": root["certificate"],
        "network": namespace_labels(cluster, namespace).get(NETWORK_LABEL, ""),
        "environment": _environment(cluster, namespace, revision),
        "namespaces": {
            name: labels for name in arguments.get("namespaces") or () if (labels := namespace_labels(cluster, name))
        },
    }


def revision_of(deployment: Mapping[str, Any]) -> str:
    """The revision of an istiod by its Deployment; `default` for the one without."""
    return str(part(deployment["metadata"], "labels").get(REVISION_LABEL) or DEFAULT_REVISION)


def _environment(cluster: Cluster, namespace: str, revision: str) -> dict[str, str]:
    wanted = revision if is_named_revision(revision) else DEFAULT_REVISION
    for deployment in deployments(cluster, namespace, "app=istiod"):
        if revision_of(deployment) != wanted:
            continue
        containers: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
        return {
            str(variable["name"]): str(variable.get("value") or "")
            for container in containers
            if container["name"] == ISTIOD_CONTAINER
            for variable in container.get("env") or ()
            if "valueFrom" not in variable
        }
    return {}


def _no_istiod(cluster: Cluster, namespace: str, revision: str, missing: str) -> str:
    running = sorted(revision_of(deployment) for deployment in deployments(cluster, namespace, "app=istiod"))
    there = f"the revisions there are: {', '.join(running)}" if running else "no istiod runs there"
    return (
        f"there is no control plane of {_named(revision)} to adopt: ConfigMap {namespace}/{missing} is missing, and "
        f"{there}. Correct meshx:mesh.revision or meshx:cluster.context, or let this stack install one "
        "(meshx:mesh.install.controlPlane: true); a tag of others is followed by whoever may `get` "
        "mutatingwebhookconfigurations"
    )


def _named(revision: str) -> str:
    return f"revision {revision}" if is_named_revision(revision) else "the default revision"
