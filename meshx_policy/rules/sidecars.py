"""What a resource puts on its machines: the sidecar's package and how long what lets it in is good for.

A Join says it in its inputs; an instance or a template of instances in the startup script of its metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from meshx_policy.rules.rule import UNKNOWN, Resource, group_of, value_at

JOIN = "meshx:index:Join"
INSTANCES = (
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
# A file of meshx/join/startup_script.py: `put NAME <<'END'`, its text, `END`.
_FILE = re.compile(r"^put (\S+) <<'(END_*)'\n(.*?)^\2$", re.MULTILINE | re.DOTALL)
_SECRET_TTL = re.compile(r"""^\s*(?:export\s+)?SECRET_TTL=['"]?(\d+)s""", re.MULTILINE)
_URL = re.compile(r"^PACKAGE_URL=(.*)$", re.MULTILINE)
_INBOUND_PORTS = re.compile(r"""^ISTIO_INBOUND_PORTS=['"]?([\d,]+)""", re.MULTILINE)
_TOKEN_SECONDS = re.compile(r"^TOKEN_SECONDS=(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class NamedPackage:
    """A package: its URL or file, and its sum as hexadecimal digits.

    Either is None if it is not said, UNKNOWN if a preview can't know it.
    """

    source: Any
    sha256: Any


@dataclass(frozen=True)
class Sidecar:
    """A machine's sidecar as a resource has it.

    place: where the resource says so. packages: the package, or one for each kind of machine. token_seconds,
    certificate_seconds: how long a token, and each certificate that it asks for (pilot-agent's SECRET_TTL), are good
    for. open_ports: those of its workload that answer calls past the proxy, as they may come while it is down.
    """

    place: str
    packages: tuple[NamedPackage, ...]
    token_seconds: tuple[float, ...]
    certificate_seconds: tuple[int, ...]
    open_ports: tuple[int, ...] = ()


def sidecar_of(resource: Resource) -> Sidecar | None:
    """The sidecar that a Join, an instance or a template brings; None for other resources, and while it is unknown."""
    if resource.type == JOIN:
        return _joined(resource)
    if resource.type in INSTANCES:
        return _started(resource.at("metadata", "startup-script"))
    return None


def _joined(join: Resource) -> Sidecar | None:
    if join.at("bundle") in (None, UNKNOWN):
        return None
    package = join.at("bundle", "package")
    seconds = (join.at("token", "seconds"), join.at("bundle", "renewal", "seconds"))
    files = join.at("bundle", "files")
    texts = [text for file in group_of(files).values() if isinstance(text := value_at(file, "content"), str)]
    closed = join.at("bundle", "whenDown")
    return Sidecar(
        "bundle.package",
        _packages(package),
        tuple(float(one) for one in seconds if isinstance(one, int | float)),
        tuple(_certificates(text) for text in texts if _SECRET_TTL.search(text)),
        () if closed is UNKNOWN else _open_ports(texts, value_at(closed, "ports") or ()),
    )


def _packages(package: object) -> tuple[NamedPackage, ...]:
    kinds = group_of(value_at(package, "kinds"))
    named = tuple(kinds.values()) or (package,)
    return tuple(
        NamedPackage(value_at(one, "source"), UNKNOWN if one is None else value_at(one, "sha256")) for one in named
    )


def _started(script: object) -> Sidecar | None:
    if not isinstance(script, str):
        return None
    files = {name: text for name, _, text in _FILE.findall(script)}
    if "package" not in files and "packages" not in files:
        return None
    settings = files.get("cluster_access.env", "")
    url, seconds = _URL.search(settings), _TOKEN_SECONDS.search(settings)
    return Sidecar(
        "metadata.startup-script",
        _packages_of_kinds(files["packages"])
        if "packages" in files
        else (NamedPackage(url.group(1).strip("'\"") if url else None, files["package"].partition(" ")[2].strip()),),
        (float(seconds.group(1)),) if seconds else (),
        tuple(_certificates(text) for text in files.values() if _SECRET_TTL.search(text)),
        _open_ports(files.values(), files.get("closed-ports", "").replace(",", " ").split()),
    )


def _packages_of_kinds(listed: str) -> tuple[NamedPackage, ...]:
    """Those of lines of a kind, a name, a sum that may be missing, and a URL."""
    lines = (line.split(" ", 2)[2].rpartition(" ") for line in listed.splitlines())
    return tuple(NamedPackage(source, sha256) for sha256, _, source in lines)


def _open_ports(texts: Iterable[str], closed: Iterable[str | float]) -> tuple[int, ...]:
    captured = {
        int(port) for text in texts for found in _INBOUND_PORTS.findall(text) for port in found.split(",") if port
    }
    return tuple(sorted(captured - {int(port) for port in closed}))


def _certificates(text: str) -> int:
    return max(int(found) for found in _SECRET_TTL.findall(text))
