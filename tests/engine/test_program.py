"""Programs under the language host: their errors, options, hooks, and how they are stopped."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.engine.stack import Stack


def test_an_error_in_the_program_is_shown_once_with_its_place(stack: Stack) -> None:
    stack.declare(**{"raise": "its hands"})
    ran = stack.pulumi("preview")
    assert ran.code != 0
    diagnostics = ran.text.partition("Diagnostics:")[2]
    assert diagnostics.count("ValueError: the program raises its hands") == 1
    assert "__main__.py" in diagnostics and "non-zero exit code" not in ran.text


def test_a_virtual_environment_that_is_not_there_is_named_with_the_remedy(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(runtime={"name": "python", "options": {"virtualenv": "nowhere"}})
    stack.declare()
    ran = stack.pulumi("preview")
    assert ran.code != 0 and "no virtual environment at" in ran.text and "make up" in ran.text


def test_options_in_the_project_file_make_every_preview_refresh(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(options={"refresh": "always"})
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    (stack.things / "a").write_text("edited by hand")
    assert "~ 1 to update" in stack.expect("preview")


def test_hooks_run_around_create_and_update(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"}, hooks=True)
    assert "hook at" not in stack.expect("preview")
    assert stack.expect("up", "--yes", "--skip-preview").partition("Diagnostics:")[2].count("None to one") == 2
    stack.declare({"name": "a", "content": "two"}, hooks=True)
    assert "hook at a: one to two" in stack.expect("up", "--yes", "--skip-preview")


def test_what_is_deleted_with_another_is_forgotten_and_not_deleted(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"}, {"name": "b", "content": "two", "fail": "delete"}, deleted_with=True)
    stack.expect("up", "--yes", "--skip-preview")
    (stack.things / "b.kept").touch()
    stack.expect("destroy", "--yes", "--skip-preview")
    assert stack.state() == {} and (stack.things / "b").exists()


def test_an_interrupted_up_stops_what_it_waits_for_and_leaves_no_process(stack: Stack) -> None:
    up = stack.hanging_up()
    assert _processes_of(stack)
    up.send_signal(signal.SIGINT)
    said, _ = up.communicate(timeout=60)
    assert up.returncode != 0 and "cancelled before" in said
    assert "Traceback" not in said and "exited prematurely" not in said
    _wait_until_gone(stack)


def test_a_killed_engine_takes_its_plugins_and_program_along(stack: Stack) -> None:
    up = stack.hanging_up()
    assert _processes_of(stack)
    up.kill()
    up.wait()
    _wait_until_gone(stack)


def _processes_of(stack: Stack) -> list[str]:
    """The processes that have this stack's project as their folder or in their words."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = process.joinpath("cmdline").read_text().replace("\0", " ")
            environment = process.joinpath("environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if words and f"file://{stack.project.parent}/backend".encode() in environment:
            found.append(words)
    return found


def _wait_until_gone(stack: Stack) -> None:
    deadline = time.monotonic() + 30
    while left := _processes_of(stack):
        assert time.monotonic() < deadline, f"these processes stay: {left}"
        time.sleep(0.1)
