"""Objects and releases of somebody else under the names that the stack would give: named, and left as they are."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.by_helm import delete_namespace
from tests.e2e.recovery.story import DESTROY, UP, Story
from tests.e2e.stack.mesh_project import MeshProject, make
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
def anothers_release(core: client.CoreV1Api, story: Story) -> Iterator[Any]:
    """A release `istio-base` that somebody installed by hand, in a namespace that was handed over to the stack.

    The namespace goes in the end with all that is in it, whatever happened.
    """
    core.create_namespace({"metadata": {"name": SYSTEM, "labels": {"meshx/owner": story.project.owner.mark}}})
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


@pytest.fixture
def namesake(story: Story, tmp_path: Path) -> Iterator[MeshProject]:
    """A stack of the same project and name in another backend, as another team has it on the same cluster."""
    made = make(tmp_path, story.project.environment)
    # Else the host of the other's ServiceEntry is what it is refused for.
    made.configure(lambda config: config.pop("exposed", None))
    assert (made.owner.name, made.owner.mark != story.project.owner.mark) == (story.project.owner.name, True)
    yield made
    made.pulumi(*DESTROY)
    delete_namespace("vm")


def test_stacks_of_one_name_in_two_backends_refuse_each_others_objects_and_old_marks_are_taken_over_in_place(
    story: Story, core: client.CoreV1Api, namesake: MeshProject, tmp_path: Path
) -> None:
    mine, theirs = story.project, namesake
    mine.expect(*UP)
    made = core.read_namespace("vm")
    assert made.metadata.labels["meshx/owner"] == mine.owner.mark
    refused = _refused(theirs.pulumi(*UP))
    assert f"its label meshx/owner is {mine.owner.mark}, this stack is {theirs.owner.mark}" in refused.text, (
        refused.text
    )

    # As an earlier version left it: with a mark that both stacks would have written.
    state = tmp_path / "state.json"
    mine.expect("stack", "export", "--file", str(state))
    state.write_text(state.read_text().replace(mine.owner.mark, mine.owner.name))
    mine.expect("stack", "import", "--file", str(state))
    core.patch_namespace("vm", {"metadata": {"labels": {"meshx/owner": mine.owner.name}}})
    refused = _refused(theirs.pulumi(*UP))
    assert f"its label meshx/owner is {mine.owner.name}, this stack is" in refused.text, refused.text
    taken = mine.expect(*UP)
    assert "updated" in taken.changes(), taken.text
    assert not {"created", "replaced", "deleted"} & set(taken.changes()), taken.text
    after = core.read_namespace("vm")
    assert (after.metadata.uid, after.metadata.labels["meshx/owner"]) == (made.metadata.uid, mine.owner.mark)

    # Both had it in their states, and the other was first.
    mine.expect("stack", "import", "--file", str(state))
    core.patch_namespace("vm", {"metadata": {"labels": {"meshx/owner": theirs.owner.mark}}})
    refused = _refused(mine.pulumi(*UP))
    assert f"bears the mark of another: {theirs.owner.mark}" in refused.text
    assert core.read_namespace("vm").metadata.labels["meshx/owner"] == theirs.owner.mark
    core.patch_namespace("vm", {"metadata": {"labels": {"meshx/owner": mine.owner.mark}}})
    mine.expect(*DESTROY)
