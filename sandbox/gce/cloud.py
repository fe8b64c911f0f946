"""What the stand-in cloud has: a JSON file for each object in STATE/gce, at the object's name.

A name is Google's, from `projects/` on: `projects/P/zones/Z/instances/N`. An object has the properties that it has in
Pulumi's state. A writer holds the lock; readers need none, since files are replaced whole.
"""

import datetime
import json
import secrets
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sandbox.files import locked, write_whole
from sandbox.gce.googleapi import already_exists, not_found
from sandbox.network import namespace
from sandbox.paths import STATE

FOLDER = STATE / "gce"
LINK = "https://www.googleapis.com/compute/v1/"

Properties = dict[str, Any]


def changing() -> AbstractContextManager[None]:
    """Hold the cloud's lock. Do not take it twice."""
    FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    return locked(FOLDER / "lock")


def is_raised() -> bool:
    """Whether this state's sandbox is up: without it no instance can run and no packet flows."""
    return (STATE / "boot").exists() and namespace.exists()


def load(name: str) -> Properties | None:
    """The object called `name`, or None."""
    try:
        return json.loads(_file(name).read_text())
    except FileNotFoundError:
        return None


def get(name: str) -> Properties:
    """The object called `name`; GoogleError if there is none."""
    found = load(name)
    if found is None:
        raise not_found(name)
    return found


def store(name: str, properties: Properties) -> None:
    """Save the object called `name`, new or changed."""
    file = _file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, json.dumps(properties))


def add(name: str, properties: Properties) -> Properties:
    """Save a new object, with its link and the time, and return it; GoogleError if it exists. Needs the lock."""
    if load(name):
        raise already_exists(name)
    made = {**properties, "selfLink": f"{LINK}{name}", "creationTimestamp": now()}
    store(name, made)
    return made


def change(name: str, changes: Properties) -> Properties:
    """Change an object and return it; GoogleError if there is none. Needs the lock."""
    changed = {**get(name), **changes}
    store(name, changed)
    return changed


def forget(name: str) -> None:
    """Remove the object called `name`, if there is one."""
    _file(name).unlink(missing_ok=True)


def everything(collection: str) -> dict[str, Properties]:
    """All objects of a collection such as `instances`, by their names."""
    found: dict[str, Properties] = {}
    for file in sorted(FOLDER.glob(f"projects/**/{collection}/*.json")):
        name = str(file.relative_to(FOLDER)).removesuffix(".json")
        # One may go between the listing and the look.
        if properties := load(name):
            found[name] = properties
    return found


def now() -> str:
    """The time as Google writes it in an object."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def numeric_id(digits: int) -> str:
    """A new number for an object, as Google gives them: random digits without a meaning."""
    return str(secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1))


def _file(name: str) -> Path:
    return FOLDER / f"{name}.json"
