"""Objects of which nobody can tell whose they are are found."""

from policy.rules.labels import OWNER_RULE, REQUIRED_RULE
from tests.unit.policy.judging import resource, said

OWNED = {"labels": {"meshx/owner": "meshx.prod", "team": "payments"}}
RELEASE = "kubernetes:helm.sh/v3:Release"


def test_an_object_and_a_release_without_an_owner_are_found() -> None:
    assert "metadata.labels has no meshx/owner" in said(OWNER_RULE, resource("kubernetes:core/v1:Service", metadata={}))
    assert "labels has no meshx-owner" in said(OWNER_RULE, resource("gcp:compute/instance:Instance", labels={}))
    assert "values.global.meshx.owner is missing" in said(OWNER_RULE, resource(RELEASE, values={}))


def test_what_says_its_owner_and_what_is_no_object_of_its_own_passes() -> None:
    assert not said(OWNER_RULE, resource("kubernetes:core/v1:Service", metadata=OWNED))
    assert not said(OWNER_RULE, resource("gcp:compute/instance:Instance", labels={"meshx-owner": "meshx-prod"}))
    assert not said(OWNER_RULE, resource(RELEASE, values={"global": {"meshx": {"owner": "meshx.prod"}}}))
    assert not said(OWNER_RULE, resource("kubernetes:core/v1:NamespacePatch", metadata={}))
    assert not said(OWNER_RULE, resource("pulumi:providers:kubernetes", context="prod"))


def test_missing_labels_are_found_by_name() -> None:
    service = resource("kubernetes:core/v1:Service", metadata={"labels": {"team": ""}})
    assert "has no team. Write it in meshx:labels" in said(REQUIRED_RULE, service)
    instance = resource("gcp:compute/instance:Instance", labels={"app": "a"})
    assert "labels has no team. Write it in meshx:gce.labels" in said(REQUIRED_RULE, instance)


def test_what_has_the_labels_that_are_asked_for_passes() -> None:
    service = resource("kubernetes:core/v1:Service", metadata=OWNED)
    assert not said(REQUIRED_RULE, service)
    assert "has no cost-centre" in said(REQUIRED_RULE, service, labels=["team", "cost-centre"])
