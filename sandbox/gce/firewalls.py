"""Firewall rules (gcp.compute.Firewall): what a network's instances allow. They apply as soon as they are saved."""

from sandbox.gce import catalogue, cloud, firewall_rules
from sandbox.gce.cloud import Properties


def create(project: str, name: str, wanted: Properties) -> Properties:
    """Make a firewall rule and return it. Raises GoogleError."""
    catalogue.check_project(project)
    network = catalogue.network_link(catalogue.network(wanted["network"], "resource.network"))
    own = {"name": name, "project": project, "network": network}
    with cloud.changing():
        made = cloud.add(
            f"projects/{project}/global/firewalls/{name}", {"direction": "INGRESS", "priority": 1000, **wanted, **own}
        )
        firewall_rules.apply()
    return made


def update(path: str, changes: Properties) -> Properties:
    """Change a firewall rule in place and return it. Raises GoogleError."""
    with cloud.changing():
        changed = cloud.change(path, changes)
        firewall_rules.apply()
    return changed


def delete(path: str) -> None:
    """Remove a firewall rule; it is no error if it is already gone."""
    with cloud.changing():
        cloud.forget(path)
        firewall_rules.apply()
