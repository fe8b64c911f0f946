"""Building everything reports what it does, and stops at the first failure without losing what is finished."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.builds import BuildError, catalogue, go_tools, schedule
from sandbox.builds.go_tools import GoTool
from sandbox.builds.recipe import Recipe


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], None]]:
    """Small artifacts, image needing tool; what the returned table holds runs inside their builds.

    A test builds tests-tool, and tests-image through tests-part, which are made of it.
    """
    actions: dict[str, Callable[[], None]] = {}

    def build(name: str) -> Callable[[Path, Mapping[str, Path]], None]:
        def write(folder: Path, needed: Mapping[str, Path]) -> None:
            actions.get(name, lambda: None)()
            (folder / name).write_text(" ".join(needed))

        return write

    recipes = {
        "tool": Recipe("tool", build("tool")),
        "second-tool": Recipe("second-tool", build("second-tool")),
        "image": Recipe("image", build("image"), needs=("tool",)),
        "tests-tool": Recipe("tests-tool", build("tests-tool")),
        "tests-part": Recipe("tests-part", build("tests-part"), needs=("tests-tool", "tool")),
        "tests-image": Recipe("tests-image", build("tests-image"), needs=("tests-part",)),
    }
    monkeypatch.setattr(go_tools, "GO_TOOLS", (GoTool("tool", seconds=60), GoTool("second-tool", seconds=600)))
    monkeypatch.setattr(go_tools, "TESTS_TOOLS", (GoTool("tests-tool"),))
    monkeypatch.setattr(go_tools, "go_toolchain", lambda: "go")
    monkeypatch.setattr(go_tools, "download_sources", lambda _tool: None)
    monkeypatch.setattr(catalogue, "CACHE", tmp_path)
    monkeypatch.setattr(catalogue, "RECIPES", recipes)
    monkeypatch.setattr(schedule, "RECIPES", recipes)
    return actions


def no_progress(_line: str) -> None:
    pass


@pytest.mark.usefixtures("builds")
def test_everything_is_built_once_and_then_found() -> None:
    first = schedule.build_all(no_progress)
    assert {result.name for result in first} == {"tool", "second-tool", "image"}
    assert all((result.folder / result.name).exists() for result in first)
    assert [result.built for result in schedule.build_all(no_progress)] == [False, False, False]


@pytest.mark.usefixtures("builds")
def test_what_single_tests_build_and_what_is_made_of_it_is_left_to_them_and_not_waited_for() -> None:
    assert not {result.name for result in schedule.build_all(no_progress)} & {"tests-tool", "tests-part", "tests-image"}


def test_a_failure_is_raised_and_nothing_new_is_begun(builds: dict[str, Callable[[], None]]) -> None:
    def fail() -> None:
        raise BuildError("cannot build tool: no space left")

    begun: list[str] = []
    builds.update({"tool": fail, "second-tool": lambda: begun.append("second-tool")})
    with pytest.raises(BuildError, match="no space left"):
        schedule.build_all(no_progress)
    assert begun == []


def test_what_was_finished_before_a_failure_is_not_built_again(builds: dict[str, Callable[[], None]]) -> None:
    def fail() -> None:
        raise BuildError("cannot build second-tool: no space left")

    builds["second-tool"] = fail
    with pytest.raises(BuildError):
        schedule.build_all(no_progress)
    del builds["second-tool"]
    built = {result.name: result.built for result in schedule.build_all(no_progress)}
    assert (built["tool"], built["second-tool"]) == (False, True)


def test_a_long_step_is_reported_while_it_runs(
    builds: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def until_reported() -> None:
        while not any("second-tool (" in line for line in lines):
            time.sleep(0.001)

    builds["second-tool"] = until_reported
    monkeypatch.setattr(schedule, "PROGRESS_SECONDS", 0.01)
    schedule.build_all(lines.append)
    assert lines[-1].strip().startswith(("second-tool built in", "image built in"))


def test_how_long_is_left_is_told_beside_it(
    builds: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def until_told() -> None:
        while not any("tool (0 s)" in line and line.endswith("; about 11 minutes left") for line in lines):
            time.sleep(0.001)

    builds["tool"] = until_told
    monkeypatch.setattr(schedule, "PROGRESS_SECONDS", 0.01)
    schedule.build_all(lines.append)


def test_what_the_other_lane_builds_is_waited_for_and_not_counted(
    builds: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "PROGRESS_SECONDS", 0.01)
    lines: list[str] = []

    def for_a_while() -> None:
        while len(lines) < 5:
            time.sleep(0.001)

    builds["tool"] = for_a_while
    seconds = {result.name: result.seconds for result in schedule.build_all(lines.append)}
    assert not any("image (" in line for line in lines[:5])
    assert seconds["image"] < seconds["tool"]


def test_a_failure_ends_the_wait_for_what_will_not_come(builds: dict[str, Callable[[], None]]) -> None:
    def fail() -> None:
        raise BuildError("cannot build tool: no space left")

    begun: list[str] = []
    builds.update({"tool": fail, "image": lambda: begun.append("image")})
    with pytest.raises(BuildError, match="no space left"):
        schedule.build_all(no_progress)
    assert begun == []
