"""What a preview says of a machine that comes over from another mesh: what goes, what comes, and which names stay."""

from __future__ import annotations

from collections.abc import Collection

from meshx.machine.join_inputs import JoinInputs
from meshx.machine.moving.joined_by import joined_by
from meshx.machine.observation import Observation


def coming_over(inputs: JoinInputs, names: Collection[str], seen: Observation) -> list[str]:
    """Return the lines. names: those that the machine is to know, also where their addresses are not known yet."""
    there, wanted = set(seen.addresses), set(names)
    package = seen.package.version or "none"
    goes = [
        *(f"unit {name}" for name in seen.retiring),
        f"the package of version {package}",
        "its certificate and key",
        *_named(there - wanted),
    ]
    comes = [f"the package {_source(inputs)}", "a certificate of this mesh's", *_named(wanted - there)]
    stays = [*_named(there & wanted)]
    lines = [f"{inputs.machine} comes over from {joined_by(seen.joined_by).words}, in place, once it has its turn:"]
    for verb, what in (("goes", goes), ("comes", comes), ("stays", stays)):
        if what:
            lines.append(f"  {verb}: {', '.join(what)}")
    return lines


def _named(names: Collection[str]) -> list[str]:
    return [f"name {name}" for name in sorted(names)]


def _source(inputs: JoinInputs) -> str:
    package = inputs.bundle["package"]
    sources = [str(one["source"]) for one in package.get("kinds", {"": package}).values()]
    return " or ".join(source.rpartition("/")[2] for source in sources)
