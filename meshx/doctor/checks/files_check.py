"""The files and folders of the join bundle: present, unchanged, with the right owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, unknown
from meshx.doctor.machine_view import MachineView
from meshx.join.bundle import ROOT_CERTIFICATE

_SUBJECT = "files"
_ROOT = "root certificate"


def check_files(view: MachineView) -> Iterator[Finding]:
    """Compare each file with what the configuration and the cluster say, except the root certificate; and the folders'
    owners.
    """
    wanted, found = view.wanted.bundle["files"], view.found["files"]
    differing = 0
    for path, folder in sorted(view.wanted.bundle["folders"].items()):
        if words := owner_difference(folder, view.found["folders"].get(path)):
            differing += 1
            yield fault(
                _SUBJECT,
                f"{path} {words}",
                "Istio's package gives it away at each installation, or it was changed by hand; `pulumi up` is due",
                REPAIR,
            )
    for path, file in sorted(wanted.items()):
        if found.get(path) == file:
            continue
        differing += path != ROOT_CERTIFICATE
        words = _difference(file, found.get(path))
        if path == ROOT_CERTIFICATE:
            yield fault(
                _ROOT,
                f"{path} {words}",
                "it was altered, or the cluster has a new root: the machine trusts an istiod that is not this one",
                REPAIR,
            )
        else:
            yield fault(_SUBJECT, f"{path} {words}", "it was changed by hand, or `pulumi up` is due", REPAIR)
    if "identity" in view.wanted.bundle:
        pass  # The root came with the identity, and is looked at with it.
    elif not view.root_is_known:
        yield unknown(_ROOT, "the cluster did not say what it is")
    elif found.get(ROOT_CERTIFICATE) == wanted[ROOT_CERTIFICATE]:
        yield fine(_ROOT, "the cluster's")
    if not differing:
        yield fine(_SUBJECT, "as they should be")


def _difference(wanted: dict[str, str], found: dict[str, str] | None) -> str:
    if found is not None and found["content"] != wanted["content"]:
        return "has another content"
    return owner_difference(wanted, found)


def owner_difference(wanted: Mapping[str, Any], found: Mapping[str, Any] | None) -> str:
    """How a file's owner and mode differ from `{owner, mode}`, in words; "" if they do not. found: None for no file."""
    if found is None:
        return "is missing"
    if (found["owner"], found["mode"]) == (wanted["owner"], wanted["mode"]):
        return ""
    return f"is {found['owner']} {found['mode']}, and should be {wanted['owner']} {wanted['mode']}"
