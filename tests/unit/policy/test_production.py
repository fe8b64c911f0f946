"""In production what is unprotected and what names no version is found."""

import pytest

from policy.rules.production import LATEST_RULE, PROTECTED_RULE
from policy.rules.rule import Resource
from tests.unit.policy.judging import resource, said

NAMESPACE = "kubernetes:core/v1:Namespace"


def test_an_unprotected_namespace_is_found_and_a_protected_one_passes() -> None:
    assert "`protect: true` in meshx:environment" in said(PROTECTED_RULE, resource(NAMESPACE))
    assert not said(PROTECTED_RULE, resource(NAMESPACE, True))
    assert not said(PROTECTED_RULE, resource("kubernetes:core/v1:ServiceAccount"))


def _deployment(image: str) -> Resource:
    spec = {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}
    return resource("kubernetes:apps/v1:Deployment", spec=spec)


@pytest.mark.parametrize(
    ("judged", "named"),
    [
        (_deployment("registry.example.com:5000/app:latest"), "spec.template.spec.containers[0].image is"),
        (_deployment("registry.example.com:5000/app"), "whatever is newest then"),
        (
            resource("kubernetes:helm.sh/v3:Release", values={"global": {"tag": "latest"}}),
            "values.global.tag is latest",
        ),
        (
            resource("kubernetes:helm.sh/v3:Release", repositoryOpts={"repo": "https://example.com"}, version=""),
            "version is not stated",
        ),
    ],
)
def test_what_names_no_version_is_found(judged: Resource, named: str) -> None:
    assert named in said(LATEST_RULE, judged)


@pytest.mark.parametrize(
    "judged",
    [
        _deployment("registry.example.com:5000/app:1.2"),
        _deployment("app@sha256:" + "a" * 64),
        resource("kubernetes:helm.sh/v3:Release", chart="charts/istiod", values={"global": {"tag": "1.31.2"}}),
        resource("kubernetes:helm.sh/v3:Release", repositoryOpts={"repo": "https://example.com"}, version="1.31.2"),
    ],
)
def test_what_names_its_version_passes(judged: Resource) -> None:
    assert not said(LATEST_RULE, judged)
