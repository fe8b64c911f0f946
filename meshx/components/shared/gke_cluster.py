"""What Google says of a GKE cluster."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import pulumi

from meshx.cluster.services_range import gke_cluster
from meshx.stack.awaited_outputs import waited_for
from meshx.stack.plugin_functions import UnknownClusterError, asked


@dataclass(frozen=True)
class GkeFacts:
    """Addresses of a cluster, "" for what Google does not say.

    endpoint: the API server's. certificate_authority: the CA certificate for it, as PEM text. services and pods: the
    ranges of their addresses.
    """

    endpoint: str
    certificate_authority: str
    services: str
    pods: str


def gke_facts(context: str, parent: pulumi.Resource) -> GkeFacts | None:
    """The facts of the cluster that a kubeconfig's context names; None if it is not on GKE.

    Also None, with a warning, if Google does not answer: the user can configure the needed values.
    """
    named = gke_cluster(waited_for(context) or "")
    if named is None:
        return None
    arguments = {"name": named.name, "location": named.location, "project": named.project}
    try:
        found = asked("gcp:container/getCluster:getCluster", arguments, parent)
    except (pulumi.RunError, UnknownClusterError) as error:
        pulumi.log.warn(f"Google does not say the addresses of the cluster {named.name}: {error}", parent)
        return None
    return GkeFacts(
        endpoint=str(found.get("endpoint") or ""),
        certificate_authority=_authority(found),
        services=str(found.get("servicesIpv4Cidr") or ""),
        pods=str(found.get("clusterIpv4Cidr") or ""),
    )


def _authority(found: dict[str, Any]) -> str:
    for master_auth in found.get("masterAuths") or ():
        try:
            return base64.b64decode(master_auth.get("clusterCaCertificate") or "", validate=True).decode()
        except (binascii.Error, ValueError):
            continue
    return ""
