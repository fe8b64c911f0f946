"""What the stand-in cloud has from the beginning: a project, a region, networks, images and machine types.

It takes references as Google does: a name, a partial or a full link; the last part of each is the name.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sandbox.gce.cloud import LINK
from sandbox.gce.googleapi import invalid, not_found
from sandbox.network.addresses import CLUSTER_NETWORK, FAR_NETWORK, MachineNetwork

PROJECT = "meshx-sandbox"
PROJECT_NUMBER = "500000000001"
REGION = "europe-west1"
ZONES = tuple(f"{REGION}-{letter}" for letter in "bcd")
MACHINE_TYPES = ("e2-micro", "e2-small", "e2-medium", "e2-standard-2")
IMAGE = "debian-12-bookworm-v20261110"
IMAGE_NAMES = ("debian-cloud/debian-12", "debian-12", IMAGE)
"""Every name of the one image: its family with and without its project, and its own name."""


@dataclass(frozen=True)
class Subnetwork:
    """A subnetwork of the region: its name, its network's, and its instances' bridge."""

    name: str
    network: str
    machines: MachineNetwork

    @property
    def link(self) -> str:
        """Its full link."""
        return f"{LINK}projects/{PROJECT}/regions/{REGION}/subnetworks/{self.name}"


SUBNETWORKS = (Subnetwork("default", "default", CLUSTER_NETWORK), Subnetwork("far", "far", FAR_NETWORK))
"""`default` is the cluster's; machines on `far` reach only the cluster's load balancers."""


def network_link(name: str) -> str:
    """The full link of a network."""
    return f"{LINK}projects/{PROJECT}/global/networks/{name}"


def name_of(reference: str) -> str:
    """The name in a reference."""
    return reference.rstrip("/").rpartition("/")[2]


def check_project(project: str) -> None:
    """Raises GoogleError for a project that does not exist."""
    if project != PROJECT:
        raise not_found(f"projects/{project}")


def check_place(kind: str, name: str, known: Collection[str]) -> None:
    """Raises GoogleError for a `zone` or `region` (kind) that does not exist."""
    if name not in known:
        raise invalid(f"Invalid value for field '{kind}': '{name}'. Unknown {kind}.")


def check_machine_type(reference: str, zone: str) -> None:
    """Raises GoogleError for a machine type that does not exist."""
    name = name_of(reference)
    if name not in MACHINE_TYPES:
        raise invalid(
            f"Invalid value for field 'resource.machineType': 'zones/{zone}/machineTypes/{name}'. "
            f"Machine type with name '{name}' does not exist in zone '{zone}'."
        )


def check_image(reference: str) -> None:
    """Raises GoogleError for an image that does not exist."""
    short = reference.removeprefix(LINK).removeprefix("projects/")
    for middle in ("/global/images/family/", "/global/images/"):
        short = short.replace(middle, "/")
    if short.removeprefix("debian-cloud/") not in IMAGE_NAMES and short not in IMAGE_NAMES:
        # The official provider itself looks the image up, and reports it in these words.
        raise invalid(f"Error resolving image name '{reference}': Could not find image or family {reference}")


def network(reference: str, field: str) -> str:
    """The name of an existing network; else GoogleError. field: where the reference is."""
    name = name_of(reference)
    if name not in (known.network for known in SUBNETWORKS):
        raise invalid(
            f"Invalid value for field '{field}': '{reference}'. The referenced network resource cannot be found."
        )
    return name


def subnetwork(reference: str | None, of_network: str | None, field: str) -> Subnetwork:
    """The subnetwork by its own reference, or a network's; GoogleError if there is none.

    field: where the references are, as `resource.networkInterfaces[0]`.
    """
    wanted = network(of_network, f"{field}.network") if of_network else None
    name = name_of(reference) if reference else None
    for known in SUBNETWORKS:
        if name in (None, known.name) and wanted in (None, known.network) and (name or wanted):
            return known
    raise invalid(
        f"Invalid value for field '{field}.subnetwork': '{reference or ''}'. "
        "The referenced subnetwork resource cannot be found."
    )
