"""The backend of a run, found as Pulumi finds it."""

import json
from pathlib import Path

import pytest

from meshx.stack.backend import NO_ORGANISATION, known_backend, normalised

CLOUD = "https://api.pulumi.com"


@pytest.mark.parametrize(
    ("ways", "is_one"),
    [
        (
            ["https://api.pulumi.com", "https://api.pulumi.com/", "https://app.pulumi.com", "https://API.pulumi.com"],
            True,
        ),
        (["file://~", "file:///home/me", "file:///home/me/", "file://~/", "file:///home/me?no_tmp_dir=true"], True),
        (["file://states", "file://./states", "file:///project/states"], True),
        (["s3://states", "s3://states/", "s3://states?region=eu-west-1&awssdk=v2&profile=ci"], True),
        (["postgres://me:secret@db/states?sslmode=disable", "postgres://db/states"], True),
        (["s3://states", "s3://others", "s3://states/team", "gs://states", "s3://states?endpoint=minio:9000"], False),
        (["azblob://states?storage_account=a", "azblob://states?storage_account=b", "azblob://states"], False),
        (["file:///a", "file:///b", "file:///a/b"], False),
    ],
)
def test_all_ways_to_write_one_url_are_one_and_others_are_not(
    ways: list[str], is_one: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    found = [normalised(url, Path("/project")) for url in ways]
    assert len(set(found)) == (1 if is_one else len(ways))
    assert "secret" not in "".join(found)


def test_the_variable_comes_before_the_projects_file_and_that_before_the_login(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    (project / "program").mkdir(parents=True)
    home.mkdir()
    environment = {"PULUMI_HOME": str(home)}

    def found() -> str:
        return known_backend(project / "program", NO_ORGANISATION, environment)

    (home / "credentials.json").write_text(json.dumps({"current": "s3://of-the-login"}))
    assert found() == "s3://of-the-login"
    (project / "Pulumi.yaml").write_text("name: shop\nbackend: {url: s3://of-the-project}\n")
    assert found() == "s3://of-the-project"
    environment["PULUMI_BACKEND_URL"] = "s3://of-the-variable"
    assert found() == "s3://of-the-variable"


@pytest.mark.parametrize("broken", [None, "", "[1", "[1]", "7"])
def test_nothing_that_says_a_backend_means_pulumis_own(tmp_path: Path, broken: str | None) -> None:
    if broken is not None:
        (tmp_path / "credentials.json").write_text(broken)
        (tmp_path / "Pulumi.yaml").write_text(broken)
    assert known_backend(tmp_path, "payments", {"PULUMI_HOME": str(tmp_path)}) == CLOUD


@pytest.mark.parametrize(("url", "organisation"), [("s3://states", "payments"), (CLOUD, NO_ORGANISATION)])
def test_a_backend_that_the_engine_contradicts_is_not_known(tmp_path: Path, url: str, organisation: str) -> None:
    """As in a program inside the process of the Automation API, whose workspace has variables of its own."""
    assert not known_backend(tmp_path, organisation, {"PULUMI_BACKEND_URL": url})
