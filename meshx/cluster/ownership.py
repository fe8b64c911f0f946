"""Marks cluster objects as made by this stack, so that meshx never takes another's for its own."""

from collections.abc import Mapping
from typing import Any, cast

OWNER_LABEL = "meshx/owner"
_SECTION = "meshx"
_OWNER = "owner"


def owner(project: str, stack: str) -> str:
    """The label value that stands for one stack: `<project>.<stack>`, at most 63 characters as Kubernetes demands.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    return f"{project}.{stack}"[:63].rstrip("-_.")


def owned_labels(owner_name: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels of everything that a stack makes in a cluster: the given ones and its owner's."""
    return {**labels, OWNER_LABEL: owner_name}


def owned_values(values: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Helm values that name the owner in `labels`, as `global.meshx.owner`.

    Helm keeps a release's own values from its very first record on; the record of an interrupted installation has
    neither description nor labels. Charts may refuse keys that they don't know, but all allow `global`
    (https://helm.sh/docs/chart_template_guide/subcharts_and_globals/).
    """
    below: Mapping[str, Any] = values.get("global") or {}
    return {**values, "global": {**below, _SECTION: {_OWNER: labels[OWNER_LABEL]}}}


def owner_in_values(values: Mapping[str, Any]) -> str | None:
    """The owner in a release's own values, None if they name none."""
    section: object = values
    for key in ("global", _SECTION, _OWNER):
        section = cast("Mapping[str, object]", section).get(key) if isinstance(section, Mapping) else None
    return section if isinstance(section, str) else None
