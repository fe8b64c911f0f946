"""The versions of sidecars and control plane fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from meshx.istio.version_distance import MINORS_BEHIND
from meshx_policy.rules.rule import Resource, Settings, StackRule, Violation
from meshx_policy.rules.sidecars import sidecar_of

_VERSION = re.compile(r"(?<![\d.])1\.(\d{1,2})(?:\.\d+)?(?![\d])")
_MESH = "meshx:index:Mesh"


def violations(resources: Sequence[Resource], _settings: Settings) -> Iterator[Violation]:
    """The machines whose package is newer than the control plane, or more than one minor version older.

    A package's URL or file name gives its version; without one there is no message.
    """
    control_plane = next(
        (minor for one in resources if one.type == _MESH and (minor := _minor(one.at("controlPlane", "version")))), None
    )
    if control_plane is None:
        return
    for machine in resources:
        sidecar = sidecar_of(machine)
        for package in sidecar.packages if sidecar else ():
            if words := _words(package.source, control_plane):
                yield Violation(words, machine.urn)


def _words(source: object, control_plane: int) -> str:
    """What is wrong with a package for a control plane of that minor version; "" for nothing."""
    sidecar = _minor(source)
    if sidecar is None or control_plane - MINORS_BEHIND <= sidecar <= control_plane:
        return ""
    relation = "newer than" if sidecar > control_plane else f"more than {MINORS_BEHIND} minor version older than"
    return (
        f"the sidecar's package {source} is of Istio 1.{sidecar}, {relation} the control plane's "
        f"1.{control_plane}: Istio supports 1.{control_plane} and 1.{control_plane - MINORS_BEHIND}. Use a "
        "package of one of those, or upgrade the control plane first"
    )


def _minor(text: object) -> int | None:
    found = _VERSION.findall(text) if isinstance(text, str) else []
    return int(found[-1]) if found else None


RULE = StackRule(
    "supported-version-distance",
    "Sidecars have the control plane's minor version or the one before it.",
    violations,
)
