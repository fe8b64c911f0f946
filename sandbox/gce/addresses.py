"""Reserved internal addresses (gcp.compute.Address, INTERNAL), and the addresses of instances without one."""

from ipaddress import IPv4Address

from sandbox.gce import catalogue, cloud
from sandbox.gce.catalogue import REGION, Subnetwork
from sandbox.gce.cloud import Properties
from sandbox.gce.googleapi import already_exists, error, invalid
from sandbox.machines.inventory import MACHINES, SPARE_MACHINES
from sandbox.network.addresses import LOAD_BALANCERS

FIRST_GIVEN = 100
"""The last number of the first automatic address: lower ones are left to those who ask for an address."""


def reserve(project: str, region: str, name: str, wanted: Properties) -> Properties:
    """Reserve the requested address, or a free one. Returns the Address. Raises GoogleError."""
    catalogue.check_project(project)
    catalogue.check_place("region", region, [REGION])
    path = address_name(project, region, name)
    subnetwork = catalogue.subnetwork(wanted.get("subnetwork"), wanted.get("network"), "resource")
    with cloud.changing():
        if cloud.load(path):
            raise already_exists(path)
        asked = wanted.get("address")
        if asked:
            address = _in_range(asked, subnetwork, "resource.address")
            if str(address) in _reserved():
                raise error(
                    400,
                    f"Invalid value for field 'resource.address': '{asked}'. Specified IP address is already reserved.",
                    "invalid",
                )
            # An instance's address is promoted, as gcloud says of `compute addresses create --addresses`: "Ephemeral
            # IP addresses that are in use by resources in the project can be reserved".
            if (user := holder(address)) and not cloud.load(user):
                raise error(400, f"Specified IP address is in use: '{asked}'.", "ipInUse")
        else:
            address = free(subnetwork)
        made = {
            **{"purpose": "GCE_ENDPOINT", "ipVersion": "", "networkTier": "PREMIUM", **wanted},
            **{"name": name, "project": project, "region": region, "address": str(address)},
            **{"subnetwork": subnetwork.link, "effectiveLabels": wanted.get("labels") or {}, "users": []},
        }
        return cloud.add(path, made)


def release(path: str) -> None:
    """Release a reserved address. GoogleError while an instance has it."""
    with cloud.changing():
        found = cloud.load(path)
        if found is None:
            return
        if user := holder(IPv4Address(found["address"])):
            raise error(
                400,
                f"The address resource '{path}' is already being used by '{user}'",
                "resourceInUseByAnotherResource",
            )
        cloud.forget(path)


def take(asked: str | None, subnetwork: Subnetwork) -> IPv4Address:
    """The address for a new instance: the requested one, or a free one. Raises GoogleError. Needs the lock."""
    if not asked:
        return free(subnetwork)
    address = _in_range(asked, subnetwork, "resource.networkInterfaces[0].networkIP")
    if holder(address):
        raise error(400, f"IP '{asked}' is already being used by another resource.", "ipInUse")
    return address


def free(subnetwork: Subnetwork) -> IPv4Address:
    """The first address of the subnetwork that is neither reserved nor in use. Raises GoogleError if there is none."""
    reserved = _reserved()
    for address in list(subnetwork.machines.gateway.network)[FIRST_GIVEN:-2]:
        if str(address) not in reserved and address not in LOAD_BALANCERS and not holder(address):
            return address
    raise error(403, f"IP space of '{subnetwork.link}' is exhausted.", "IP_SPACE_EXHAUSTED")


def holder(address: IPv4Address) -> str:
    """The instance, or the sandbox's machine, that has an address; "" if it is free."""
    for path, instance in cloud.everything("instances").items():
        if instance["networkInterfaces"][0]["networkIp"] == str(address):
            return path
    own = (*MACHINES, *SPARE_MACHINES)
    return next((machine.name for machine in own if machine.address == address), "")


def address_name(project: str, region: str, name: str) -> str:
    """Google's name for a reserved address."""
    return f"projects/{project}/regions/{region}/addresses/{name}"


def _reserved() -> set[str]:
    return {address["address"] for address in cloud.everything("addresses").values()}


def _in_range(asked: str, subnetwork: Subnetwork, field: str) -> IPv4Address:
    network = subnetwork.machines.gateway.network
    try:
        address = IPv4Address(asked)
    except ValueError:
        raise invalid(f"Invalid value for field '{field}': '{asked}'. Must be a valid IPv4 address.") from None
    # Google keeps the first two and the last two of a range for itself.
    if address not in list(network)[2:-2]:
        raise invalid(
            f"Invalid value for field '{field}': '{asked}'. IP address is not within the range of the subnetwork "
            f"'{subnetwork.name}' ({network})."
        )
    return address
