"""An artifact is built once for one state of its inputs, and is whole or absent."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.builds import store

KEY = "0123456789abcdef"
OTHER_KEY = "fedcba9876543210"


def writing(content: str, built: list[str] | None = None) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "program").write_text(content)
        if built is not None:
            built.append(content)

    return build


def test_an_artifact_is_what_its_build_wrote(tmp_path: Path) -> None:
    folder, built = store.obtain(tmp_path / "cache", "tool", KEY, writing("new"))
    assert built
    assert folder == tmp_path / "cache" / f"tool-{KEY}"
    assert [file.name for file in folder.iterdir()] == ["program"]


def test_unchanged_inputs_do_not_build_again(tmp_path: Path) -> None:
    builds: list[str] = []
    first, _ = store.obtain(tmp_path, "tool", KEY, writing("one", builds))
    second, built = store.obtain(tmp_path, "tool", KEY, writing("two", builds))
    assert (second, built, builds) == (first, False, ["one"])


def test_a_failed_build_leaves_nothing_and_the_next_one_starts_afresh(tmp_path: Path) -> None:
    def fails_half_way(folder: Path) -> None:
        (folder / "half").write_text("")
        raise RuntimeError("no space left")

    with pytest.raises(RuntimeError, match="no space left"):
        store.obtain(tmp_path, "tool", KEY, fails_half_way)
    assert store.find(tmp_path, "tool", KEY) is None
    assert not [file for file in tmp_path.rglob("*") if file.name == "half"]
    folder, _ = store.obtain(tmp_path, "tool", KEY, writing("whole"))
    assert [file.name for file in folder.iterdir()] == ["program"]


def test_a_killed_build_is_not_taken_for_the_artifact_and_does_not_block_the_next(tmp_path: Path) -> None:
    killed = textwrap.dedent(
        """
        import pathlib, sys, time
        from sandbox.builds import store

        def build(folder):
            (folder / "half").write_text("")
            print("half way", flush=True)
            time.sleep(60)

        store.obtain(pathlib.Path(sys.argv[1]), "tool", sys.argv[2], build)
        """
    )
    with subprocess.Popen([sys.executable, "-c", killed, str(tmp_path), KEY], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half way\n"
        process.send_signal(signal.SIGKILL)
    assert store.find(tmp_path, "tool", KEY) is None
    folder, built = store.obtain(tmp_path, "tool", KEY, writing("whole"))
    assert built
    assert [file.name for file in folder.iterdir()] == ["program"]


def test_of_two_that_ask_at_once_one_builds_and_both_get_it(tmp_path: Path) -> None:
    builds: list[str] = []
    second_asks = threading.Event()

    def slow(folder: Path) -> None:
        second_asks.wait(5)
        time.sleep(0.1)
        writing("one", builds)(folder)

    results: list[Path] = []
    first = threading.Thread(target=lambda: results.append(store.obtain(tmp_path, "tool", KEY, slow)[0]))
    first.start()
    second_asks.set()
    results.append(store.obtain(tmp_path, "tool", KEY, slow)[0])
    first.join()
    assert builds == ["one"]
    assert results[0] == results[1]


def test_an_outdated_artifact_is_removed_once_unused_for_a_day(tmp_path: Path) -> None:
    outdated, _ = store.obtain(tmp_path, "tool", KEY, writing("old"))
    similarly_named, _ = store.obtain(tmp_path, "tool-of-another-name", KEY, writing("other"))
    two_days_ago = time.time() - 2 * 24 * 3600
    for folder in (outdated, similarly_named):
        os.utime(folder, (two_days_ago, two_days_ago))
    store.obtain(tmp_path, "tool", OTHER_KEY, writing("new"))
    assert not outdated.exists()
    assert similarly_named.exists()


def test_an_outdated_artifact_stays_while_it_is_in_use(tmp_path: Path) -> None:
    outdated, _ = store.obtain(tmp_path, "tool", KEY, writing("old"))
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(outdated, (two_days_ago, two_days_ago))
    store.find(tmp_path, "tool", KEY)
    store.obtain(tmp_path, "tool", OTHER_KEY, writing("new"))
    assert outdated.exists()
