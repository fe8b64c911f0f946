"""Firewall rules (gcp.compute.Firewall): what a network's instances allow."""

from sandbox.gce import catalogue, cloud, packet_rules
from sandbox.gce.addresses import now
from sandbox.gce.cloud import Properties
from sandbox.gce.googleapi import already_exists


def create(project: str, name: str, wanted: Properties) -> Properties:
    """Make a firewall rule and return it; from then on it holds. Raises GoogleError."""
    catalogue.check_project(project)
    network = catalogue.network(wanted["network"], "resource.network")
    path = f"projects/{project}/global/firewalls/{name}"
    with cloud.changing():
        if cloud.load(path):
            raise already_exists(path)
        made = {
            "direction": "INGRESS",
            "priority": 1000,
            **wanted,
            "name": name,
            "project": project,
            "network": catalogue.network_link(network),
            "selfLink": f"{catalogue.LINK}{path}",
            "creationTimestamp": now(),
        }
        cloud.store(path, made)
        packet_rules.apply()
    return made


def update(path: str, changes: Properties) -> Properties:
    """Change a firewall rule in place and return it. Raises GoogleError."""
    with cloud.changing():
        changed = {**cloud.get(path), **changes}
        cloud.store(path, changed)
        packet_rules.apply()
    return changed


def delete(path: str) -> None:
    """Remove a firewall rule; one that is gone already is no error."""
    with cloud.changing():
        cloud.forget(path)
        packet_rules.apply()
