"""Which Pulumi is used."""

from pathlib import Path

import pytest

from sandbox.pulumi import home
from sandbox.pulumi.installation import PulumiError, choose


def program(folder: Path, name: str, says: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho {says}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sandbox's own programs, first on PATH as in a shell that was set up before."""
    folder = tmp_path / "own"
    program(folder, "pulumi", "v3.250.0")
    program(folder, "pulumi-language-python")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("MESHX_PULUMI", raising=False)
    return folder


def install_official(own: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    folder = own.parent / "official"
    found = program(folder, "pulumi", version)
    program(folder, "pulumi-language-python")
    monkeypatch.setenv("PATH", f"{own}:{folder}:/usr/bin:/bin")
    return found


def test_an_official_pulumi_on_path_is_used(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = install_official(own, monkeypatch, "v3.251.1")
    assert choose(own) == ("official", official)


def test_the_sandboxs_own_is_never_taken_for_an_official_one(own: Path) -> None:
    assert choose(own) == ("sandbox", None)


def test_an_official_pulumi_that_is_too_old_is_passed_over(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_official(own, monkeypatch, "v3.99.0")
    assert choose(own) == ("sandbox", None)


def test_an_engine_without_a_language_host_is_passed_over(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = install_official(own, monkeypatch, "v3.250.0")
    (official.parent / "pulumi-language-python").unlink()
    (own / "pulumi-language-python").unlink()
    assert choose(own) == ("sandbox", None)


def test_the_sandboxs_own_can_be_asked_for(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_official(own, monkeypatch, "v3.250.0")
    monkeypatch.setenv("MESHX_PULUMI", "sandbox")
    assert choose(own) == ("sandbox", None)


@pytest.mark.parametrize(
    ("version", "said"), [("", "there is no `pulumi` on PATH"), ("v3.99.0", "is version 3.99.0"), ("?", "does not say")]
)
def test_an_official_one_that_is_asked_for_and_not_there_is_an_error_with_the_remedy(
    own: Path, monkeypatch: pytest.MonkeyPatch, version: str, said: str
) -> None:
    if version:
        install_official(own, monkeypatch, version)
    monkeypatch.setenv("MESHX_PULUMI", "official")
    with pytest.raises(PulumiError, match=said) as failed:
        choose(own)
    assert "install Pulumi 3.250.0 or later" in str(failed.value)


def test_a_misspelt_choice_is_an_error(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHX_PULUMI", "offical")
    with pytest.raises(PulumiError, match="'offical'; write auto, official or sandbox"):
        choose(own)


def test_with_an_official_pulumi_no_part_of_the_sandboxs_stands_in_its_way(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = install_official(own, monkeypatch, "v3.250.0")
    state = own.parent / "state"
    program_folder = state / "bin"
    program_folder.mkdir(parents=True)
    program(program_folder, "pulumi")
    monkeypatch.setenv("PATH", f"{official.parent}:/usr/bin:/bin")
    variables = home.prepare(state)
    assert not list(program_folder.iterdir())
    assert "PULUMI_HOME" not in variables and "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in variables
    assert variables["PULUMI_BACKEND_URL"] == f"file://{state}/backend"
