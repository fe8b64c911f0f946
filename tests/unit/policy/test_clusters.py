"""A stack that says by no UID which cluster is its own is found."""

from policy.rules.clusters import PLUGIN, RULE
from policy.rules.rule import UNKNOWN
from tests.unit.policy.judging import resource, said

UID = "0f5bd3b2-9c1f-4f0e-8a43-6f6f2a1f7c55"


def test_a_cluster_that_is_known_by_its_context_alone_is_found() -> None:
    assert "Write clusterUid in meshx:environment" in said(RULE, resource(PLUGIN, context="prod"))


def test_a_cluster_that_is_known_by_its_uid_passes() -> None:
    assert not said(RULE, resource(PLUGIN, context="prod", clusterUid=UID))
    assert not said(RULE, resource(PLUGIN, context="prod", clusterUid=UNKNOWN))


def test_other_providers_are_told_no_uid_and_pass() -> None:
    assert not said(RULE, resource("pulumi:providers:kubernetes", context="prod"))
