"""A diff as the message `DiffResponse` of provider.proto (SDK 3.272)."""

from __future__ import annotations

from pulumi.runtime.proto import provider_pb2

from meshx.plugin_base.custom_resource import Diff
from meshx.plugin_base.property_diff import path_root


def diff_response(diff: Diff) -> provider_pb2.DiffResponse:
    """Return the message for a diff."""
    some = provider_pb2.DiffResponse.DIFF_SOME
    detailed = diff.detailed or {}
    return provider_pb2.DiffResponse(
        changes=some if diff.changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=diff.replaces,
        stables=diff.stables,
        deleteBeforeReplace=diff.delete_before_replace,
        diffs=sorted({path_root(path) for path in detailed}),
        detailedDiff={
            path: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.Kind.ValueType(kind.value), inputDiff=diff.from_inputs
            )
            for path, kind in detailed.items()
        },
        hasDetailedDiff=diff.detailed is not None,
    )
