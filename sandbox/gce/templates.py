"""Instance templates, global and regional, for a group's instances. They never change."""

from sandbox.gce import catalogue, cloud
from sandbox.gce.cloud import LINK, Properties
from sandbox.gce.googleapi import error

TAKEN_OVER = (
    *("canIpForward", "labels", "machineType", "metadata", "networkInterfaces", "scheduling", "serviceAccount"),
    *("shieldedInstanceConfig", "tags"),
)
"""The properties that an instance takes from its template."""


def create(path: str, wanted: Properties) -> Properties:
    """Make a template and return it. path: its name, with its region if it has one. Raises GoogleError."""
    project = path.split("/")[1]
    catalogue.check_project(project)
    catalogue.check_image(wanted["disks"][0].get("sourceImage") or "")
    catalogue.check_machine_type(wanted["machineType"], catalogue.ZONES[0])
    for interface in wanted.get("networkInterfaces") or ():
        field = "resource.properties.networkInterfaces[0]"
        catalogue.subnetwork(interface.get("subnetwork"), interface.get("network"), field)
    own = {"project": project, "effectiveLabels": wanted.get("labels") or {}}
    with cloud.changing():
        return cloud.add(path, {**wanted, **own, "selfLinkUnique": f"{LINK}{path}?uniqueId=1"})


def delete(path: str) -> None:
    """Remove a template; it is no error if it is already gone. GoogleError while a group uses it."""
    with cloud.changing():
        for group, properties in cloud.everything("instanceGroupManagers").items():
            if template_of(properties) == path:
                raise error(
                    400,
                    f"The instance_template resource '{path}' is already being used by '{group}'",
                    "resourceInUseByAnotherResource",
                )
        cloud.forget(path)


def template_of(group: Properties) -> str:
    """The name, from `projects/` on, of the template for a group's instances."""
    reference = str(group["versions"][0]["instanceTemplate"]).partition("?")[0]
    return reference.removeprefix(LINK)


def instance_of(template: Properties) -> Properties:
    """The properties for an instance from a template."""
    disk = template["disks"][0]
    taken = {key: template[key] for key in TAKEN_OVER if key in template}
    return {**taken, "bootDisk": {"initializeParams": {"image": disk["sourceImage"]}}}
