"""The range of the cluster's services, which machines of the classic line capture: meshx never guesses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from meshx.config.values.addresses import AUTO

# What `gcloud container clusters get-credentials` calls a context.
_GKE_CONTEXT = re.compile(r"gke_(?P<project>[^_]+)_(?P<location>[^_]+)_(?P<name>.+)")


class UnknownServicesRangeError(ValueError):
    """Nothing says what the range is."""


@dataclass(frozen=True)
class GkeCluster:
    """A cluster of Google Kubernetes Engine."""

    project: str
    location: str
    name: str


def gke_cluster(context: str) -> GkeCluster | None:
    """The cluster in the name of one of gcloud's kubeconfig contexts; None for any other context."""
    found = _GKE_CONTEXT.fullmatch(context)
    return GkeCluster(found["project"], found["location"], found["name"]) if found else None


def services_range(written: str, of_gke: str, of_cluster: Sequence[str]) -> str:
    """The ranges for ISTIO_SERVICE_CIDR, with commas between.

    written: meshx:cluster.servicesCidr. of_gke: servicesIpv4Cidr of a GKE cluster, "" if it is not one. of_cluster:
    what the cluster's ServiceCIDR objects say, which Kubernetes has since 1.31. Raises UnknownServicesRangeError.
    """
    if written != AUTO:
        return written
    if of_gke:
        return of_gke
    if of_cluster:
        return ",".join(of_cluster)
    raise UnknownServicesRangeError(
        "meshx:cluster.servicesCidr has to be written: machines of Istio 1.1 to 1.4 hand to their proxy what goes to "
        "the cluster's services, and this cluster does not say their range. It is what the API server was started "
        "with (--service-cluster-ip-range); on GKE `gcloud container clusters describe <cluster> "
        "--format='value(servicesIpv4Cidr)'` prints it"
    )
