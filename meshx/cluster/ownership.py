"""Marks cluster objects as made by this stack, so that meshx never takes another's for its own."""

from collections.abc import Mapping
from typing import Any, cast

from meshx.config.owner import Owner

OWNER_LABEL = "meshx/owner"
_SECTION = "meshx"
_OWNER = "owner"


def owned_labels(owner: Owner, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels of everything that a stack makes in a cluster: the given ones and its owner's."""
    return {**labels, OWNER_LABEL: owner.mark}


def owner_of(item: Mapping[str, Any]) -> str | None:
    """The mark of an object of the cluster, None if it has none."""
    metadata: Mapping[str, Any] = item.get("metadata") or {}
    labels: Mapping[str, str] = metadata.get("labels") or {}
    return labels.get(OWNER_LABEL)


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
