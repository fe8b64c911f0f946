"""The inputs of the resource Wave: the machines of one wave, and what their sidecars run with.

    wave: int, of: int              its number from 1, and how many there are
    pauseSeconds: int               how long its machines have to hold
    machines: {name: {restartsFor: str, calls: {outward: str, [inward: str]}, bundle,
                      namespace, serviceAccount, connection, drainSeconds, [workloadEntry], [awaitHealth],
                      [wayBackSeconds]}}

`restartsFor` is a digest of what a sidecar runs with, `calls` are those that show that it serves
(meshx/join/asked_calls.py); the rest is what a look at the machine needs, and its way back, in the shapes of
`meshx/machine/join_inputs.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

OF_THE_JOIN = (
    "namespace",
    "serviceAccount",
    "connection",
    "workloadEntry",
    "awaitHealth",
    "drainSeconds",
    "wayBackSeconds",
)
"""What a wave has of a machine's Join as it stands there."""
_LOOKED_AT = ("unit", "package", "readiness")


def restarts_for(bundle: Mapping[str, Any]) -> str:
    """A digest of what a sidecar runs with: another one means a restart.

    It covers what join.sh compares (started_mark): the package's sum, and the contents of the files in the order of
    their paths. Owners and modes are put right under a sidecar that runs; a package's place says nothing of its sum.
    """
    package = bundle["package"]
    sums = {kind: one["sha256"] for kind, one in package.get("kinds", {"": package}).items()}
    contents = [file["content"] for _, file in sorted(bundle["files"].items())]
    run_with = [package["name"], sums, contents, bundle["unit"]["name"]]
    return hashlib.sha256(json.dumps(run_with, sort_keys=True).encode()).hexdigest()[:16]


def looked_at(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """What of a bundle a look at the machine needs, without files and names."""
    return {"files": {}, "hosts": {}, **{key: bundle[key] for key in _LOOKED_AT if key in bundle}}


def restarting(
    before: Mapping[str, Any], after: Mapping[str, Any], restarted: Collection[str] = (), new_too: bool = False
) -> list[str]:
    """The names of the machines of a wave whose sidecars restart, by its inputs; one that is new has nothing to.

    restarted: those that are known to restart, of which some may be new in this wave alone. new_too: new ones come over
    from another mesh, and restart.
    """
    known = before["machines"]
    return sorted(
        name
        for name, machine in after["machines"].items()
        if (name in known or name in restarted or new_too)
        and machine["restartsFor"] != known.get(name, {}).get("restartsFor")
    )
