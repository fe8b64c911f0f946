"""Names and network tags in Google Cloud: lower-case letters, digits and dashes, a letter first, of a given length.

Each ends in a sum of the owner's mark and of its parts: "-" may stand in a part as well as between two, other letters
become "-", and long names are cut. So without a sum two stacks, workloads or networks would have one name.
Source: https://cloud.google.com/compute/docs/naming-resources
"""

import hashlib
import re

from meshx.config.owner import Owner
from meshx.istio.unambiguous_names import SUM, sum_of

LONGEST = 63
LONGEST_ACCOUNT = 30
"""https://cloud.google.com/iam/docs/service-accounts-create"""
LONGEST_PREFIX = 37
"""For a template's name: the provider appends 26 characters."""


def cloud_name(owner: Owner, *parts: str, longest: int = LONGEST) -> str:
    """The name of a thing of a stack, readable as far as there is room."""
    return f"{_cut(_letters(owner.name, *parts), longest)}-{sum_of((owner.mark, *parts))}"


def readable_name(*parts: str, longest: int = LONGEST) -> str:
    """The parts as one name without a sum, unless it is too long: for a prefix, and for what states know by that."""
    name = _letters(*parts)
    if len(name) <= longest:
        return name
    return f"{_cut(name, longest)}-{hashlib.sha256('-'.join(parts).encode()).hexdigest()[:SUM]}"


def network_tag(owner: Owner, network: str) -> str:
    """The tag of all instances of a stack on one of the mesh's networks."""
    return cloud_name(owner, "on", network)


def workload_tag(owner: Owner, namespace: str, workload: str) -> str:
    """The tag of the instances of one workload."""
    return cloud_name(owner, "of", namespace, workload)


def former_network_tag(owner: Owner, network: str) -> str:
    """The network's tag in earlier versions."""
    return readable_name(owner.name, "on", network)


def former_workload_tag(owner: Owner, namespace: str, workload: str) -> str:
    """The workload's tag in earlier versions."""
    return readable_name(owner.name, namespace, workload)


def _letters(*parts: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    return name if name[:1].isalpha() else f"m-{name}".rstrip("-")


def _cut(name: str, longest: int) -> str:
    return name[: longest - SUM - 1].rstrip("-")
