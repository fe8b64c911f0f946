"""What the pipelines may do, what they run, and the guard before everything is taken down."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.stack.tested_versions import ENGINE

REPO = Path(__file__).parents[3]
FILES = sorted((REPO / ".github" / "workflows").glob("*.yml"))
ACTION = REPO / ".github" / "actions" / "stack" / "action.yml"
RELEASE = REPO / ".github" / "workflows" / "release.yml"
TARGETS = set(re.findall(r"^([\w-]+):", (REPO / "Makefile").read_text(), re.MULTILINE))
PINNED = re.compile(r"uses: (?:\./\S+|[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


def _jobs(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["jobs"])


def test_there_are_pipelines_for_pull_requests_merges_drift_destruction_and_releases() -> None:
    assert [file.stem for file in FILES] == ["destroy", "drift", "merge", "pull-request", "release"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_step_is_a_target_of_make_that_a_laptop_has_too(file: Path) -> None:
    steps = [step["run"] for job in _jobs(file).values() for step in job["steps"] if "run" in step]
    assert steps
    for step in steps:
        assert re.fullmatch(r"make [\w-]+", step) and step.removeprefix("make ") in TARGETS, step


@pytest.mark.parametrize("file", [*FILES, ACTION], ids=lambda file: file.stem)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(file: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in file.read_text().splitlines() if "uses:" in line]
    assert used and not [line for line in used if not PINNED.fullmatch(line)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_job_may_write_to_the_repository_but_the_one_that_makes_a_release(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {}
    for name, job in _jobs(file).items():
        contents = "write" if (file.stem, name) == ("release", "plugin") else "read"
        assert set(job["permissions"].items()) <= {("contents", contents), ("id-token", "write")}


def test_production_is_deployed_after_staging_each_in_an_environment_of_its_own() -> None:
    jobs = _jobs(REPO / ".github" / "workflows" / "merge.yml")
    assert list(jobs) == ["staging", "prod"] and jobs["prod"]["needs"] == "staging"
    assert [(job["environment"], job["env"]["STACK"]) for job in jobs.values()] == [
        ("staging", "staging"),
        ("prod", "prod"),
    ]


def _triggers(file: Path) -> set[str]:
    # YAML 1.1 reads the key `on` as true.
    return set(yaml.safe_load(file.read_text())[True])


def _with_credentials() -> list[tuple[str, str, dict[str, Any]]]:
    """Every job that shows a cloud who runs: its workflow, its name, and what it is."""
    return [
        (file.stem, name, job)
        for file in FILES
        for name, job in _jobs(file).items()
        if "id-token" in job["permissions"] and file != RELEASE
    ]


def test_each_kind_of_run_has_environments_of_its_own() -> None:
    kinds = {workflow: re.sub(r"\$\{\{.*\}\}", "*", job["environment"]) for workflow, _, job in _with_credentials()}
    assert kinds == {"pull-request": "preview-*", "drift": "drift-*", "merge": "prod", "destroy": "*"}


def test_what_a_branch_runs_gets_no_key_to_the_machines() -> None:
    """A branch's own Python runs in its preview, with all that this job is given."""
    file = REPO / ".github" / "workflows" / "pull-request.yml"
    assert _triggers(file) == {"pull_request"}
    assert set(re.findall(r"secrets\.(\w+)", file.read_text())) == {"PULUMI_CONFIG_PASSPHRASE"}
    runs = [step["run"] for job in _jobs(file).values() for step in job["steps"] if "run" in step]
    assert runs == ["make lint", "make test-fast", "make preview"]


def test_what_logs_in_to_machines_runs_from_the_main_branch_only() -> None:
    for workflow, name, job in _with_credentials():
        keys = "MESHX_SSH_PRIVATE_KEY" in str(job)
        if workflow == "pull-request":
            assert not keys and "if" in job
        else:
            file = REPO / ".github" / "workflows" / f"{workflow}.yml"
            pushed = yaml.safe_load(file.read_text())[True].get("push") == {"branches": ["main"]}
            assert keys and (pushed or job["if"] == "github.ref == 'refs/heads/main'"), f"{workflow}: {name}"


def test_a_nightly_check_never_takes_the_place_of_a_waiting_deployment() -> None:
    """Of the jobs that wait in one group GitHub keeps the newest."""
    group = re.compile(r"\$\{\{ *(?:matrix|inputs)\.stack *\}\}")
    deployments, checks = set[str](), set[str]()
    for workflow, _, job in _with_credentials():
        for stack in ("staging", "prod"):
            if workflow != "pull-request":
                named = group.sub(stack, job["concurrency"]["group"])
                (checks if workflow == "drift" else deployments).add(named)
                assert job["concurrency"]["cancel-in-progress"] is False
    assert deployments == {"stack-staging", "stack-prod"} and not deployments & checks


def test_pipelines_run_the_engine_that_is_tested() -> None:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    assert [step["with"]["pulumi-version"] for step in steps if "pulumi" in step["uses"]] == [ENGINE]


def test_a_release_is_built_without_rights_and_published_from_an_environment_of_its_own() -> None:
    jobs = _jobs(RELEASE)
    assert _triggers(RELEASE) == {"push"} and yaml.safe_load(RELEASE.read_text())[True]["push"] == {"tags": ["v*.*.*"]}
    assert jobs["build"]["permissions"] == {"contents": "read"} and "environment" not in jobs["build"]
    assert [jobs[name]["environment"] for name in ("plugin", "package")] == ["release", "release"]
    # The package tells the engine to look in the release.
    assert (jobs["plugin"]["needs"], jobs["package"]["needs"]) == ("build", "plugin")
    assert not re.findall(r"secrets\.", RELEASE.read_text())


@pytest.mark.parametrize(
    ("tag", "head", "said"),
    [
        ("v1.2.4", "1.2.3, 2026-12-01", "the tag is v1.2.4, and meshx/version.py says 1.2.3"),
        ("v1.2.3", "Unreleased", "CHANGELOG.md has no part of 1.2.3 with its day"),
    ],
)
def test_nothing_is_built_of_a_tag_that_version_and_changelog_do_not_know(
    tmp_path: Path, tag: str, head: str, said: str
) -> None:
    (tmp_path / "meshx").mkdir()
    (tmp_path / "meshx" / "version.py").write_text('VERSION = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(f"## {head}\n")
    (tmp_path / "Makefile").write_text((REPO / "Makefile").read_text())
    words = ["make", "--no-print-directory", "--old-file=.venv/ready", "dist", f"TAG={tag}"]
    ran = subprocess.run(words, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode != 0 and f"nothing was built: {said}" in ran.stderr


@pytest.mark.parametrize("confirmed", ["", "yes", "staging"])
def test_nothing_is_destroyed_unless_the_stacks_name_is_typed(tmp_path: Path, confirmed: str) -> None:
    ran = _make_destroy(tmp_path, "prod", confirmed)
    assert ran.returncode != 0 and not (tmp_path / "called").exists()
    assert "nothing was destroyed" in ran.stderr and "say CONFIRM=prod" in ran.stderr


def test_the_stack_whose_name_is_typed_is_destroyed_with_a_preview_before_it(tmp_path: Path) -> None:
    ran = _make_destroy(tmp_path, "prod", "prod")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "called").read_text() == "--non-interactive destroy --yes --stack prod\n"


def _make_destroy(folder: Path, stack: str, confirmed: str) -> "subprocess.CompletedProcess[str]":
    """Run `make destroy` with a `pulumi` that writes down how it was called."""
    pulumi = folder / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "$@" > {folder}/called\n')
    pulumi.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "STACK": stack, "CONFIRM": confirmed}
    words = ["make", "--no-print-directory", "--old-file=.venv/ready", "destroy"]
    return subprocess.run(words, check=False, cwd=REPO, env=environment, capture_output=True, text=True)
