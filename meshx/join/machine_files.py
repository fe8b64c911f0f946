"""A join bundle as the files that join.sh reads from its own folder (meshx/scripts/join.sh lists them)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.join.token_renewal import renewal_files

UPKEEP_FILES = (
    "upkeep/upkeep_units.sh",
    "upkeep/upkeep.sh",
    "upkeep/writers.sh",
    "upkeep/rotate_logs.sh",
    "upkeep/meshx-upkeep.service",
    "upkeep/meshx-upkeep.path",
    "upkeep/meshx-upkeep.timer",
    "when_down/when_down.sh",
    "when_down/meshx-closed.service",
    "upkeep/meshx-logs.service",
    "upkeep/meshx-logs.timer",
)
"""What join.sh puts on every machine to keep it in the mesh, of meshx/scripts."""
WAY_BACK_FILES = (
    "way_back/way_back.sh",
    "way_back/going_back.sh",
    "way_back/back.sh",
    "way_back/meshx-back.service",
    "way_back/meshx-back.timer",
)
"""What a machine needs to go back by itself."""


def machine_files(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Return the files by name, for a bundle in the shape of `bundle_inputs` with every value known.

    None of them is secret: the code that delivers them adds a token or key material.
    """
    files = sorted(bundle["files"].items())
    identity: dict[str, Any] = bundle.get("identity") or {}
    renewal: Mapping[str, Any] | None = bundle.get("renewal")
    owned = {"folders.tsv": bundle.get("folders"), "identity.tsv": identity.get("files")}
    return {
        **companion_file([unit["name"] for unit in bundle.get("companions") or ()]),
        **{name: _owners(places) for name, places in owned.items() if places},
        "unit": bundle["unit"]["name"],
        **_package_file(bundle["package"]),
        "hosts": "".join(f"{address} {name}\n" for name, address in sorted(bundle["hosts"].items()) if address),
        "files.tsv": "".join(f"{file['owner']}\t{file['mode']}\t{path}\n" for path, file in files),
        **{f"files/{number}": file["content"] for number, (_, file) in enumerate(files)},
        **closed_ports_file(bundle),
        **({f"renewal/{name}": text for name, text in renewal_files(renewal).items()} if renewal else {}),
    }


def _package_file(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the package's name and sum; of several, those for each kind of machine, with their sources."""
    if "kinds" not in package:
        return {"package": named_package(package)}
    kinds = sorted(package["kinds"].items())
    lines = [f"{kind} {package['name']} {one['sha256']} {one['source']}\n" for kind, one in kinds]
    return {"packages": "".join(lines)}


def named_package(package: Mapping[str, Any]) -> str:
    """Return the text of the file `package` for ``{name, sha256}``."""
    return f"{package['name']} {package['sha256']}\n"


def closed_ports_file(bundle: Mapping[str, Any]) -> dict[str, str]:
    """Return the file that lists the ports that are closed while the sidecar is down; {} where they stay open."""
    closed = bundle.get("whenDown")
    return {"closed-ports": ", ".join(str(int(port)) for port in closed["ports"]) + "\n"} if closed else {}


def companion_file(names: list[str]) -> dict[str, str]:
    """Return the file that lists the units beside the proxy's; {} without any."""
    return {"companions": "".join(f"{name}\n" for name in names)} if names else {}


def _owners(places: Mapping[str, Any]) -> str:
    return "".join(f"{one['owner']}\t{one['mode']}\t{path}\n" for path, one in sorted(places.items()))
