"""Which rows of the reachability table a run changes."""

from __future__ import annotations

from meshx.plugin_base.custom_resource import Operation
from meshx.provider.reachability_table_resource import ReachabilityTable, row_changes

TABLE = ReachabilityTable({})
OLD = {"rows": {"a -> b": {"ends": "vm-1"}, "a -> c": {"ends": "vm-2"}, "a -> d": {"ends": "vm-3"}}, "changes": {}}
NEW = {"rows": {"a -> b": {"ends": "vm-1"}, "a -> c": {"ends": "nowhere"}, "a -> e": {"ends": "vm-4"}}, "changes": None}


def operation(*, preview: bool) -> Operation:
    return Operation("urn", "meshx:index:ReachabilityTable", "reachability", preview=preview)


def test_a_row_is_new_changed_or_gone() -> None:
    assert row_changes(OLD["rows"], NEW["rows"]) == {"a -> c": "changed", "a -> e": "new", "a -> d": "gone"}
    assert row_changes(OLD["rows"], OLD["rows"]) == {}


def test_a_preview_tells_the_changes_and_the_state_keeps_none() -> None:
    told = TABLE.update("reachability", OLD, OLD, NEW, operation(preview=True))
    kept = TABLE.update("reachability", OLD, OLD, NEW, operation(preview=False))
    assert told["changes"] == {"a -> c": "changed", "a -> e": "new", "a -> d": "gone"}
    assert (kept["changes"], kept["rows"]) == ({}, NEW["rows"])
    assert set(TABLE.create(NEW, operation(preview=True))[1]["changes"].values()) == {"new"}
    assert TABLE.create(NEW, operation(preview=False)) == ("reachability", {**NEW, "changes": {}})


def test_its_diff_names_the_texts_that_differ() -> None:
    diff = TABLE.diff("reachability", OLD, OLD, NEW, operation(preview=True))
    assert diff.changes
    assert 'rows["a -> c"].ends' in (diff.detailed or {})
    assert not TABLE.diff("reachability", OLD, OLD, OLD, operation(preview=True)).changes
