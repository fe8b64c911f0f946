"""The sandbox's `gcp` plugin: stands in for Pulumi's official one, v10.2.0, if there is no cloud.

It serves what meshx uses, with real effect on the sandbox (sandbox/gce), and refuses the rest by name. It checks inputs
against the argument types of the installed pulumi_gcp. docs/sandbox.md lists its differences.
"""

import threading
from typing import Any

from meshx.plugin_base.custom_resource import Operation, Resource, ResourceError
from meshx.plugin_base.plugin import Plugin
from sandbox.gce.googleapi import GoogleError
from sandbox.pulumi.gcp import functions
from sandbox.pulumi.gcp.account import Account
from sandbox.pulumi.gcp.address import Address
from sandbox.pulumi.gcp.cloud_resource import CloudResource, Places
from sandbox.pulumi.gcp.firewall import Firewall
from sandbox.pulumi.gcp.health_check import HealthCheck, RegionHealthCheck
from sandbox.pulumi.gcp.instance import Instance
from sandbox.pulumi.gcp.instance_group import RegionAutoscaler, RegionInstanceGroupManager
from sandbox.pulumi.gcp.instance_template import InstanceTemplate, RegionInstanceTemplate

VERSION = "10.2.0"
"""The version of the official plugin that this one replaces, and reports."""

RESOURCES: dict[str, type[CloudResource]] = {
    "gcp:compute/address:Address": Address,
    "gcp:compute/firewall:Firewall": Firewall,
    "gcp:compute/healthCheck:HealthCheck": HealthCheck,
    "gcp:compute/instance:Instance": Instance,
    "gcp:compute/instanceTemplate:InstanceTemplate": InstanceTemplate,
    "gcp:compute/regionAutoscaler:RegionAutoscaler": RegionAutoscaler,
    "gcp:compute/regionHealthCheck:RegionHealthCheck": RegionHealthCheck,
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": RegionInstanceGroupManager,
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": RegionInstanceTemplate,
    "gcp:serviceaccount/account:Account": Account,
}


GET_CLUSTER = "gcp:container/getCluster:getCluster"
GET_SUBNETWORK = "gcp:compute/getSubnetwork:getSubnetwork"


class GcpPlugin(Plugin):
    """Instances and what they need, in the sandbox."""

    name = "gcp"
    version = VERSION

    def __init__(self) -> None:
        self._places = Places()
        self._lock = threading.Lock()

    def configure(self, configuration: dict[str, Any], operation: Operation) -> None:
        known = {key: str(configuration[key]) for key in ("project", "region", "zone") if configuration.get(key)}
        with self._lock:
            self._places = Places(**known)

    def resource_for(self, token: str) -> Resource:
        if token not in RESOURCES:
            raise ResourceError(f"the sandbox's gcp plugin does not do {token}; use the official plugin")
        return RESOURCES[token](self._places)

    def invoke(self, token: str, arguments: dict[str, Any], preview: bool, operation: Operation) -> dict[str, Any]:
        places = self._places
        project = str(arguments.get("project") or places.project)
        try:
            if token == GET_CLUSTER:
                location = str(arguments.get("location") or places.zone or places.region)
                return functions.get_cluster(arguments, project, location)
            if token == GET_SUBNETWORK:
                return functions.get_subnetwork(arguments, project, str(arguments.get("region") or places.region))
        except GoogleError as error:
            raise ResourceError(f"invocation of {token} returned an error: {error}") from None
        raise ResourceError(f"the sandbox's gcp plugin does not do {token}; use the official plugin")
