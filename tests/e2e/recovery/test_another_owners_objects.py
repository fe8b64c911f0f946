"""Objects and releases of somebody else under the names that the stack would give: named, and left as they are."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.by_helm import delete_namespace
from tests.e2e.recovery.story import DESTROY, UP, Story
from tests.pulumi_cli import Ran

pytestmark = pytest.mark.usefixtures("sandbox")

SYSTEM = "istio-system"


@pytest.fixture
def core() -> client.CoreV1Api:
    """The cluster as its administrator sees it."""
    return client.CoreV1Api(cluster.api())


@pytest.fixture
def anothers_namespace(core: client.CoreV1Api) -> Iterator[Any]:
    """A namespace `vm` that another team made."""
    yield core.create_namespace({"metadata": {"name": "vm", "labels": {"team": "shop"}}})
    delete_namespace("vm")


@pytest.fixture
def anothers_release(core: client.CoreV1Api) -> Iterator[Any]:
    """A release `istio-base` that somebody installed by hand, in a namespace that was handed over to the stack.

    The namespace goes in the end with all that is in it, whatever happened.
    """
    core.create_namespace({"metadata": {"name": SYSTEM, "labels": {"meshx/owner": "meshx.dev"}}})
    content = {"name": "istio-base", "version": 4, "info": {"status": "deployed"}, "config": {}}
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    yield core.create_namespaced_secret(
        SYSTEM,
        {
            "metadata": {
                "name": "sh.helm.release.v1.istio-base.v4",
                "labels": {"owner": "helm", "name": "istio-base", "status": "deployed", "version": "4"},
            },
            "type": "helm.sh/release.v1",
            "data": {"release": base64.b64encode(packed).decode()},
        },
    )
    delete_namespace(SYSTEM)


def refused_twice(story: Story, reason: str) -> Ran:
    """What `up` says, which has to refuse with its reason and nothing else, as the preview did before it."""
    previewed = _refused(story.project.pulumi("preview")).text
    assert reason in previewed, previewed
    return _refused(story.project.pulumi(*UP))


def _refused(ran: Ran) -> Ran:
    assert ran.code != 0, ran.text
    assert "Traceback" not in ran.text and "KeyboardInterrupt" not in ran.text, ran.text
    return ran


def test_anothers_object_is_named_and_stays_as_it_is(
    story: Story, core: client.CoreV1Api, anothers_namespace: Any
) -> None:
    refused = refused_twice(story, "Namespace vm is in the cluster already")
    assert "Namespace vm is in the cluster already and is not this stack's" in refused.text
    after = core.read_namespace("vm")
    assert after.metadata.resource_version == anothers_namespace.metadata.resource_version
    story.project.expect(*DESTROY)
    assert core.read_namespace("vm").metadata.uid == anothers_namespace.metadata.uid


def test_anothers_release_is_named_and_stays_as_it_is(
    story: Story, core: client.CoreV1Api, anothers_release: Any
) -> None:
    refused = refused_twice(story, "Helm release istio-system/istio-base is in the cluster already")
    assert "Helm release istio-system/istio-base is in the cluster already (deployed, revision 4)" in refused.text
    after = core.read_namespaced_secret(anothers_release.metadata.name, SYSTEM)
    assert after.metadata.resource_version == anothers_release.metadata.resource_version
    story.project.expect(*DESTROY)
