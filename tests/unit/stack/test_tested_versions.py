"""Warnings of an engine or of plugins in other versions than meshx is tested with."""

from pathlib import Path

import pulumi
import pytest

from meshx.stack.pinned_versions import PLUGINS, pinned
from meshx.stack.tested_versions import ENGINE, other_engine, other_versions, warn_of_other_versions
from sandbox.builds.go_tools import PULUMI_VERSION
from tests.engine.stack import REPOSITORY

REQUIREMENTS = """
pulumi==3.250.0              # the engine's SDK
pulumi-kubernetes==4.25.0    # the plugin
# pulumi-gcp==1.0.0
pydantic==2.14.3
"""


def test_the_projects_requirements_pin_every_plugin_and_the_sandbox_builds_the_tested_engine() -> None:
    assert set(pinned((REPOSITORY / "requirements.txt").read_text())) >= set(PLUGINS)
    assert ENGINE == PULUMI_VERSION


def test_pins_of_others_and_comments_do_not_count() -> None:
    assert pinned(REQUIREMENTS) == {"pulumi": "3.250.0", "pulumi-kubernetes": "4.25.0"}


def test_what_runs_as_tested_is_not_told() -> None:
    assert not other_engine(ENGINE)
    assert not other_versions(pinned(REQUIREMENTS), {"pulumi-kubernetes": "4.25.0", "pulumi-gcp": "10.2.0"})


def test_another_version_is_told_with_both_and_what_to_install() -> None:
    (engine,) = other_engine("3.250.0")
    assert engine.startswith(f"Pulumi's engine is 3.250.0, but meshx is tested with {ENGINE}: install that version")
    (plugin,) = other_versions(pinned(REQUIREMENTS), {"pulumi-kubernetes": "4.34.2"})
    assert plugin.startswith("the plugin kubernetes is 4.34.2") and "tested with 4.25.0" in plugin
    assert "pip install pulumi-kubernetes==4.25.0" in plugin
    assert "pulumi plugin install resource kubernetes v4.25.0" in plugin


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        (None, []),
        ('Pulumi CLI version 3.260.0 does not satisfy the version range "=3.250.0"', ["3.260.0"]),
        ("Pulumi CLI version v3.260.0-alpha.1 does not satisfy", ["3.260.0-alpha.1"]),
        ("The installed version of the CLI does not support the `RequirePulumiVersion` RPC.", []),
    ],
)
def test_the_engine_is_asked_for_its_version(
    answer: str | None, warned: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    said: list[str] = []

    def require(wanted: str) -> None:
        asked.append(wanted)
        if answer is not None:
            raise RuntimeError(answer)

    monkeypatch.setattr(pulumi, "require_pulumi_version", require)
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    (tmp_path / "requirements.txt").write_text("pulumi==3.250.0\n")
    warn_of_other_versions(tmp_path / "requirements.txt")
    assert asked == [f"={ENGINE}"]
    assert [any(version in one for version in warned) for one in said] == [True] * len(warned)
