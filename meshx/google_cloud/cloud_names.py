"""Names and network tags in Google Cloud: lower-case letters, digits and dashes, a letter first, of a given length.

Source: https://cloud.google.com/compute/docs/naming-resources
"""

import hashlib
import re

LONGEST = 63
LONGEST_ACCOUNT = 30
"""https://cloud.google.com/iam/docs/service-accounts-create"""
LONGEST_PREFIX = 37
"""For a template's name: the provider appends 26 characters."""
_SUM = 8


def cloud_name(*parts: str, longest: int = LONGEST) -> str:
    """The parts as one name. A name that is too long ends in a checksum of the whole, so that it stays unique."""
    whole = "-".join(parts)
    name = re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-")
    name = name if name[:1].isalpha() else f"m-{name}"
    if len(name) <= longest:
        return name
    total = hashlib.sha256(whole.encode()).hexdigest()[:_SUM]
    return f"{name[: longest - _SUM - 1].rstrip('-')}-{total}"


def network_tag(owner: str, network: str) -> str:
    """The tag of all instances of a stack on one of the mesh's networks; owner: the value of the owner label."""
    return cloud_name(owner, "on", network)


def workload_tag(owner: str, namespace: str, workload: str) -> str:
    """The tag of the instances of one workload."""
    return cloud_name(owner, namespace, workload)
