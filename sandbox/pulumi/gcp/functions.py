"""The plugin's functions: the cloud's facts about the sandbox's cluster and subnetworks."""

import base64

from meshx.plugin_base.property_values import Properties
from sandbox.gce import catalogue
from sandbox.gce.catalogue import REGION, SUBNETWORKS, network_link
from sandbox.gce.googleapi import not_found
from sandbox.kubernetes.apiserver import PKI
from sandbox.kubernetes.control_plane import CONTEXT
from sandbox.network.addresses import NODE_ADDRESS, PODS, SERVICES


def get_cluster(arguments: Properties, project: str, location: str) -> Properties:
    """`gcp:container/getCluster:getCluster`: the sandbox's cluster, by its name, meshx-sandbox. Raises GoogleError."""
    catalogue.check_project(project)
    name = arguments["name"]
    path = f"projects/{project}/locations/{location}/clusters/{name}"
    if name != CONTEXT or location != REGION:
        raise not_found(path)
    own = SUBNETWORKS[0]
    authority = base64.b64encode((PKI / "ca.crt").read_bytes()).decode()
    return {
        "id": path,
        "name": name,
        "location": location,
        "project": project,
        "endpoint": str(NODE_ADDRESS),
        "masterAuths": [
            {
                "clientCertificate": "",
                "clientCertificateConfigs": [],
                "clientKey": "",
                "clusterCaCertificate": authority,
            }
        ],
        "clusterIpv4Cidr": str(PODS),
        "servicesIpv4Cidr": str(SERVICES),
        "network": network_link(own.network),
        "subnetwork": own.link,
        "selfLink": f"https://container.googleapis.com/v1/{path}",
    }


def get_subnetwork(arguments: Properties, project: str, region: str) -> Properties:
    """`gcp:compute/getSubnetwork:getSubnetwork`: by its name or its link. Raises GoogleError."""
    catalogue.check_project(project)
    catalogue.check_place("region", region, [REGION])
    name = catalogue.name_of(arguments.get("selfLink") or arguments.get("name") or "")
    path = f"projects/{project}/regions/{region}/subnetworks/{name}"
    for known in SUBNETWORKS:
        if known.name == name:
            return {
                "id": path,
                "name": name,
                "project": project,
                "region": region,
                "selfLink": known.link,
                "network": network_link(known.network),
                "ipCidrRange": str(known.machines.gateway.network),
                "gatewayAddress": str(known.machines.gateway.ip),
                "privateIpGoogleAccess": True,
                "secondaryIpRanges": [],
            }
    raise not_found(path)
