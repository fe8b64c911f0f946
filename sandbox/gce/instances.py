"""Instances: machines of the sandbox with the contents of a Google image, made, changed and removed.

An instance exists from its creation on and boots by itself; nobody waits for it, as with Google.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path

from sandbox import machines
from sandbox.gce import accounts, addresses, catalogue, cloud, firewall_rules
from sandbox.gce.catalogue import ZONES, network_link
from sandbox.gce.cloud import LINK, Properties
from sandbox.gce.googleapi import GoogleError, already_exists, error, invalid
from sandbox.machines import Machine
from sandbox.network.addresses import METADATA_SERVER
from sandbox.supervision import processes

GUEST = Path(__file__).with_name("guest")
UNIT = "google-startup-scripts.service"
LONGEST_METADATA = 262144
"""Bytes of one value (cloud.google.com/compute/docs/metadata/setting-custom-metadata, "Limitations")."""
NEEDS_A_STOP = ("machineType", "serviceAccount", "shieldedInstanceConfig")


def instance_name(project: str, zone: str, name: str) -> str:
    """Google's name for an instance."""
    return f"projects/{project}/zones/{zone}/instances/{name}"


def create(project: str, zone: str, name: str, wanted: Properties) -> Properties:
    """Make an instance with the properties `wanted` (Pulumi's), boot it and return it. Raises GoogleError."""
    catalogue.check_project(project)
    catalogue.check_place("zone", zone, ZONES)
    catalogue.check_machine_type(wanted["machineType"], zone)
    catalogue.check_image(_image(wanted))
    _check_metadata(wanted.get("metadata") or {})
    path = instance_name(project, zone, name)
    (interface,) = wanted["networkInterfaces"]
    subnetwork = catalogue.subnetwork(
        interface.get("subnetwork"), interface.get("network"), "resource.networkInterfaces[0]"
    )
    if account := wanted.get("serviceAccount"):
        _check_account(account)
    with cloud.changing():
        if name in (machine.name for machine in machines.everyone()):
            raise already_exists(path)
        address = addresses.take(interface.get("networkIp"), subnetwork)
        made = _described(
            {
                "canIpForward": False,
                "deletionProtection": False,
                **wanted,
                "name": name,
                "project": project,
                "zone": zone,
                "instanceId": cloud.numeric_id(19),
                "selfLink": f"{LINK}{path}",
                "cpuPlatform": "Intel Broadwell",
                "creationTimestamp": cloud.now(),
                "networkInterfaces": [
                    {
                        **interface,
                        "name": "nic0",
                        "network": network_link(subnetwork.network),
                        "networkIp": str(address),
                        "subnetwork": subnetwork.link,
                        "subnetworkProject": project,
                        "stackType": interface.get("stackType") or "IPV4_ONLY",
                    }
                ],
            }
        )
        if not cloud.is_raised():
            raise GoogleError("the sandbox is not up, and so nothing runs an instance: `python -m sandbox up`")
        # Before it boots: its script reads its metadata, and nobody reaches it without a rule that allows that.
        cloud.store(path, made)
        firewall_rules.apply()
        machines.make(Machine(name, subnetwork.machines, address), lambda root: _furnish(root, made, address))
    return {**made, "currentStatus": "RUNNING"}


def read(path: str) -> Properties | None:
    """The instance as it is now, or None."""
    found = cloud.load(path)
    return {**found, "currentStatus": status(found)} if found else None


def status(instance: Properties) -> str:
    """RUNNING, or TERMINATED if its machine is off."""
    return "RUNNING" if machines.is_on(instance["name"]) else "TERMINATED"


def update(path: str, changes: Properties) -> Properties:
    """Change metadata, labels, tags and what else needs no new instance; returns the instance. Raises GoogleError.

    If a change needs a stop, it stops and starts the instance; without allowStoppingForUpdate it refuses.
    """
    with cloud.changing():
        before = cloud.get(path)
        after = _described({**before, **changes})
        stopping = any(before.get(key) != after.get(key) for key in NEEDS_A_STOP)
        if stopping and not after.get("allowStoppingForUpdate"):
            raise GoogleError(
                "Changing the machine_type, service_account or shielded_instance_config on a started instance requires "
                "stopping it. To acknowledge this, please set allow_stopping_for_update = true in your config."
            )
        catalogue.check_machine_type(after["machineType"], after["zone"])
        _check_metadata(after.get("metadata") or {})
        if account := after.get("serviceAccount"):
            _check_account(account)
        if stopping:
            machines.switch_off(after["name"])
        cloud.store(path, after)
        firewall_rules.apply()
        if stopping:
            machines.switch_on(after["name"])
    return {**after, "currentStatus": status(after)}


def delete(path: str) -> None:
    """Shut an instance down and remove it, as `gcloud compute instances delete` does. Raises GoogleError.

    It is no error if it is already gone.
    """
    found = cloud.load(path)
    if found is None:
        return
    if found.get("deletionProtection"):
        raise error(
            400,
            f"Invalid value for field 'resource.deletionProtection': 'true'. Resource cannot be deleted if it's "
            f"protected against deletion: '{path}'",
            "invalid",
        )
    if found["name"] in (machine.name for machine in machines.everyone()):
        # Outside the lock: a shutdown takes time, and others need not wait for it.
        machines.switch_off(found["name"])
    with cloud.changing():
        if cloud.load(path) is None:
            return
        if found["name"] in (machine.name for machine in machines.everyone()):
            machines.remove(found["name"])
        cloud.forget(path)
        firewall_rules.apply()


def serial_port_output(name: str) -> str:
    """What an instance has written to its serial console since its creation."""
    file = processes.log_file(name)
    return file.read_text(errors="replace") if file.exists() else ""


def _check_metadata(metadata: Mapping[str, str]) -> None:
    for number, value in enumerate(metadata.values()):
        if len(value.encode()) > LONGEST_METADATA:
            raise invalid(
                f"Invalid value for field 'resource.metadata.items[{number}].value': '{value[:20]}...'. "
                f"Value for field 'resource.metadata.items[{number}].value' is too large: maximum size "
                f"{LONGEST_METADATA} character(s); actual size {len(value.encode())}."
            )


def _image(wanted: Properties) -> str:
    image = (wanted["bootDisk"].get("initializeParams") or {}).get("image")
    if not image:
        raise invalid("Invalid value for field 'resource.disks[0]': ''. Boot disk must have a source specified.")
    return image


def _check_account(account: Mapping[str, object]) -> None:
    try:
        accounts.by_email(str(account.get("email")))
    except GoogleError:
        message = f"The resource '{account.get('email')}' of type 'serviceAccount' was not found."
        raise error(400, message, "badRequest") from None


def _described(instance: Properties) -> Properties:
    """An instance with the values that follow from its properties."""
    fingerprint = {key: _fingerprint(instance.get(key)) for key in ("metadata", "tags", "labels")}
    disk = instance["bootDisk"]
    return {
        **instance,
        "bootDisk": {**disk, "initializeParams": {"size": 10, "type": "pd-standard", **disk["initializeParams"]}},
        "metadataFingerprint": fingerprint["metadata"],
        "tagsFingerprint": fingerprint["tags"],
        "labelFingerprint": fingerprint["labels"],
        "effectiveLabels": instance.get("labels") or {},
    }


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _furnish(root: Path, instance: Properties, address: IPv4Address) -> None:
    runner = root / "usr/bin/google_metadata_script_runner"
    shutil.copy(GUEST / "google_metadata_script_runner.sh", runner)
    runner.chmod(0o755)
    units = root / "etc/systemd/system"
    shutil.copy(GUEST / UNIT, units / UNIT)
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(exist_ok=True)
    (wanted / UNIT).symlink_to(f"/etc/systemd/system/{UNIT}")
    # Google's guest agent writes these lines.
    names = f"{host_name(instance)} {instance['name']}"
    with (root / "etc/hosts").open("a") as hosts:
        hosts.write(f"{address} {names}  # Added by Google\n")
        hosts.write(f"{METADATA_SERVER} metadata.google.internal  # Added by Google\n")


def host_name(instance: Properties) -> str:
    """The instance's full internal name (zonal DNS)."""
    return f"{instance['name']}.{instance['zone']}.c.{instance['project']}.internal"
