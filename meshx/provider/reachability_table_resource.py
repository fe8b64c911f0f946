"""The resource `meshx:index:ReachabilityTable`: the table of the last `up`, and what a run changes in it.

Inputs: `rows`, by key, each a group of texts (meshx/reachability/rows.py). Outputs: the inputs, and `changes`: in a
preview "new", "changed" or "gone" by the key of each row that differs from the last `up`'s; in the state, nothing. It
makes nothing anywhere. None of it is secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshx.plugin_base.custom_resource import Diff, Operation, Resource
from meshx.plugin_base.property_diff import compare
from meshx.plugin_base.property_values import Properties


class ReachabilityTable(Resource):
    """Keeps the rows, so that the next preview can tell which ones change."""

    def __init__(self, configuration: Properties) -> None:
        """Accept the provider's configuration, and use none of it."""

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the rows, text by text."""
        return compare(old_inputs, news)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Keep the rows; in a preview report all as new."""
        changes = row_changes({}, news["rows"]) if operation.preview else {}
        return "" if operation.preview else operation.name, {**news, "changes": changes}

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Keep the rows; in a preview report which ones change."""
        return {**news, "changes": row_changes(olds["rows"], news["rows"]) if operation.preview else {}}

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Forget them."""


def row_changes(olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, str]:
    """The keys of rows that differ: "new", "changed" or "gone"."""
    changed = {key: "changed" if key in olds else "new" for key, row in news.items() if row != olds.get(key)}
    return changed | {key: "gone" for key in olds if key not in news}
