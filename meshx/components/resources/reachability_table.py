"""Who reaches what, kept in the state and printed by a preview."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

import pulumi

from meshx.reachability.connections import Connection
from meshx.reachability.rows import rows
from meshx.stack.awaited_outputs import as_far_as_known, unknown_paths


class ReachabilityTableArgs(TypedDict):
    """The arguments of the table."""

    connections: Sequence[Connection]


class ReachabilityTable(pulumi.CustomResource):
    """The rows of the table, which the next preview compares with its own; nothing in any cluster.

    **Pulumi Type:** `meshx:index:ReachabilityTable`. A preview prints the table, once, changed rows first. Why this is
    a resource: docs/decisions/0008-the-last-table-is-a-resource.md.
    """

    changes: pulumi.Output[dict[str, str] | None]
    """The rows that this run changes; empty outside previews."""

    def __init__(self, name: str, args: ReachabilityTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        kept = rows(args["connections"])
        super().__init__("meshx:index:ReachabilityTable", name, {"rows": kept, "changes": None}, opts)

        async def tell(changes: Any) -> None:
            # Imported only to print the table, since every run of the program would wait for it.
            from meshx.reachability.table import rendered  # noqa: PLC0415

            waiting = {one.key: await unknown_paths(one.awaited_texts) for one in args["connections"]}
            table = rendered(kept, cast("Mapping[str, str]", changes or {}), waiting)
            pulumi.log.info(await as_far_as_known(table), self)

        if pulumi.runtime.is_dry_run():
            self.changes.apply(tell)
