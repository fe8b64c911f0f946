"""Regional managed instance groups: they keep their size, repair dead or unhealthy instances, and roll out templates.

A group's caretaker is a thread of the cloud's process. Making, changing or removing a group only saves it: the
caretaker looks every second. The group lists the names that it manages under `managed`.
"""

import secrets
import string
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from sandbox.files import locked
from sandbox.gce import catalogue, cloud, instances, templates
from sandbox.gce.cloud import FOLDER, LINK, Properties
from sandbox.gce.googleapi import GoogleError, invalid
from sandbox.gce.group_plan import Member, Plan, Wanted, plan
from sandbox.gce.health import Checker

EVERY_SECONDS = 1.0
SUFFIX = 4


def create(project: str, region: str, name: str, wanted: Properties) -> Properties:
    """Make a group and return it; its instances come later. Raises GoogleError."""
    catalogue.check_project(project)
    catalogue.check_place("region", region, [catalogue.REGION])
    path = f"projects/{project}/regions/{region}/instanceGroupManagers/{name}"
    _check(wanted)
    unsaid = {"targetSize": 0, "distributionPolicyZones": list(catalogue.ZONES)}
    own = {"name": name, "project": project, "region": region, "statuses": [{"isStable": False}], "managed": {}}
    numbered = {
        "instanceGroup": f"{LINK}{path.replace('instanceGroupManagers', 'instanceGroups')}",
        "instanceGroupManagerId": int(cloud.numeric_id(15)),
    }
    with cloud.changing():
        return cloud.add(path, {**unsaid, **wanted, **own, **numbered})


def update(path: str, changes: Properties) -> Properties:
    """Change a group and return it; its instances follow. Raises GoogleError."""
    with cloud.changing():
        changed = {**cloud.get(path), **changes, "statuses": [{"isStable": False}]}
        _check(changed)
        cloud.store(path, changed)
    return changed


def delete(path: str) -> None:
    """Remove a group with its instances; it is no error if it is already gone."""
    with _caring():
        group = cloud.load(path)
        if group is None:
            return
        _remove(path, tuple(group["managed"]))
        with cloud.changing():
            cloud.forget(path)


def wait_until_stable(path: str, seconds: float) -> Properties:
    """The group once all its instances are as they should be. GoogleError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        group = cloud.get(path)
        if group["statuses"][0]["isStable"]:
            return group
        if time.monotonic() > deadline:
            raise GoogleError(f"timeout while waiting for the group {path} to become stable")
        time.sleep(EVERY_SECONDS / 2)


def care_forever() -> None:
    """Look after all groups, until the process ends."""
    checker = Checker()
    while True:
        with _caring():
            for path in cloud.everything("instanceGroupManagers"):
                try:
                    care(path, checker)
                except Exception as error:  # whatever it is, the other groups are looked after
                    sys.stdout.write(f"{path}: {type(error).__name__}: {error}\n")
                    sys.stdout.flush()
        time.sleep(EVERY_SECONDS)


def care(path: str, checker: Checker) -> None:
    """Look after one group once: do what its plan says."""
    group = cloud.get(path)
    wanted = _wanted(path, group)
    members = [_member(path, group, name, checker) for name in group["managed"]]
    todo = plan(wanted, members)
    steady = todo.is_nothing and all(one.ready for one in members)
    if steady != group["statuses"][0]["isStable"]:
        # Not if the group changed meanwhile.
        _note(path, lambda noted: {**noted, "statuses": [{"isStable": steady}]} if _same(noted, group) else noted)
    if not todo.is_nothing:
        sys.stdout.write(f"{path}: {todo}\n")
        sys.stdout.flush()
    _carry_out(path, group, wanted, todo)


def _same(one: Properties, other: Properties) -> bool:
    return all(one.get(key) == other.get(key) for key in ("versions", "targetSize", "updatePolicy"))


def _carry_out(path: str, group: Properties, wanted: Wanted, todo: Plan) -> None:
    _remove(path, todo.remove)
    for name in todo.again:
        instances.delete(_instance(group, name))
        _make(path, group, name, group["managed"][name]["zone"], wanted.template)
    for _ in range(todo.new):
        group = cloud.get(path)
        suffix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(SUFFIX))
        zones = [one["zone"] for one in group["managed"].values()]
        zone = min(group["distributionPolicyZones"], key=lambda zone: zones.count(catalogue.name_of(zone)))
        _make(path, group, f"{group['baseInstanceName']}-{suffix}", catalogue.name_of(zone), wanted.template)


def _make(path: str, group: Properties, name: str, zone: str, template: str) -> None:
    entry = {"zone": zone, "template": template, "made": time.time()}
    # Saved first, so that the next caretaker repairs what a killed one has begun.
    _note(path, lambda noted: {**noted, "managed": {**noted["managed"], name: entry}})
    wanted = templates.instance_of(cloud.get(template))
    number = f"projects/{catalogue.PROJECT_NUMBER}/"
    own = {
        "instance-template": template.replace(f"projects/{group['project']}/", number),
        "created-by": path.replace(f"projects/{group['project']}/", number),
    }
    wanted["metadata"] = {**(wanted.get("metadata") or {}), **own}
    instances.create(group["project"], zone, name, wanted)


def _remove(path: str, names: tuple[str, ...]) -> None:
    if not names:
        return
    group = cloud.get(path)
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: instances.delete(_instance(group, name)), names))
    _note(path, lambda noted: {**noted, "managed": {k: v for k, v in noted["managed"].items() if k not in names}})


def _note(path: str, change: Callable[[Properties], Properties]) -> None:
    with cloud.changing():
        cloud.store(path, change(cloud.get(path)))


def _instance(group: Properties, name: str) -> str:
    return instances.instance_name(group["project"], group["managed"][name]["zone"], name)


def _member(path: str, group: Properties, name: str, checker: Checker) -> Member:
    entry = group["managed"][name]
    instance = instances.read(_instance(group, name))
    template, made = entry["template"], entry["made"]
    if instance is None or instance["currentStatus"] != "RUNNING":
        return Member(name, template, made, ready=False, broken=True)
    healing = group.get("autoHealingPolicies")
    if not healing:
        return Member(name, template, made, ready=True)
    reference = str(healing["healthCheck"]).removeprefix(LINK)
    watched = checker.look(instance, cloud.get(reference))
    waits = not watched.has_been and time.time() - made < float(healing["initialDelaySec"])
    return Member(name, template, made, watched.healthy, watched.unhealthy and not waits)


def _wanted(path: str, group: Properties) -> Wanted:
    size = int(group["targetSize"] or 0)
    for scaler in cloud.everything("autoscalers").values():
        if str(scaler["target"]).removeprefix(LINK) == path:
            policy = scaler["autoscalingPolicy"]
            # Nobody measures load here: the autoscaler consists of its limits.
            size = min(max(size, int(policy["minReplicas"])), int(policy["maxReplicas"]))
    policy, zones = group.get("updatePolicy") or {}, len(group["distributionPolicyZones"])
    return Wanted(
        size,
        templates.template_of(group),
        surge=int(policy.get("maxSurgeFixed", zones)),
        unavailable=int(policy.get("maxUnavailableFixed", zones)),
        proactive=policy.get("type", "OPPORTUNISTIC") == "PROACTIVE",
    )


def _check(group: Properties) -> None:
    cloud.get(templates.template_of(group))
    zones = group.get("distributionPolicyZones") or catalogue.ZONES
    for zone in zones:
        catalogue.check_place("zone", catalogue.name_of(zone), catalogue.ZONES)
    for key, word in (("maxSurgeFixed", "maxSurge"), ("maxUnavailableFixed", "maxUnavailable")):
        value = (group.get("updatePolicy") or {}).get(key)
        if value and int(value) < len(zones):
            raise invalid(
                f"Invalid value for field 'resource.updatePolicy.{word}': '{value}'. Fixed updatePolicy.{word} for "
                "regional managed instance group has to be either 0 or at least equal to the number of zones."
            )


def _caring() -> AbstractContextManager[None]:
    """Hold the lock for work on groups' instances, by the caretaker or the removal of a group."""
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    return locked(FOLDER / "groups.lock")
