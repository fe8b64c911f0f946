"""What the program registers so that a run that was killed can be gone on with, and nobody else's is taken over."""

from pathlib import Path
from typing import Any

from meshx.cluster.ownership import owner_in_values
from tests.program.recorded_program import owner, run

RELEASE = "kubernetes:helm.sh/v3:Release"


def test_objects_that_exist_are_taken_over_only_after_their_owner_was_asked(
    values: dict[str, Any], folder: Path
) -> None:
    registered = run(values, folder)
    (cluster,) = [one for one in registered if one.type == "pulumi:providers:kubernetes"]
    assert cluster.inputs["upsertExistingObjects"] == "true"
    made = [one for one in registered if one.type.startswith("kubernetes:")]
    assert len(made) > 8
    for one in made:
        if one.type != RELEASE:
            assert one.before_create == ("mesh-object-is-ours",), one.name
            assert one.before_update == ("mesh-object-is-still-ours",), one.name
            assert one.inputs["metadata"]["labels"]["meshx/owner"] == owner().mark, one.name


def test_releases_are_cleared_of_what_a_dead_run_left_before_they_are_touched(
    values: dict[str, Any], folder: Path
) -> None:
    releases = [one for one in run(values, folder) if one.type == RELEASE]
    assert {one.name for one in releases} == {"istio-base", "istiod", "istio-eastwestgateway"}
    for release in releases:
        assert release.before_create == ("mesh-release-may-be-installed",)
        assert release.before_update == ("mesh-release-may-be-upgraded",)


def test_releases_name_their_owner_in_their_values_beside_the_users_own(values: dict[str, Any], folder: Path) -> None:
    values["mesh"]["values"] = {"istiod": {"global": {"hub": "registry.example/istio"}}}
    releases = {one.name: one.inputs["values"] for one in run(values, folder) if one.type == RELEASE}
    assert {owner_in_values(release) for release in releases.values()} == {owner().mark}
    assert releases["istiod"]["global"]["hub"] == "registry.example/istio"


def test_what_is_joined_is_asked_for_no_owner(values: dict[str, Any], folder: Path) -> None:
    for one in run(values, folder):
        if not one.type.startswith("kubernetes:"):
            assert not one.before_create, one.name
