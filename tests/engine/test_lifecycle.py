"""A resource of a Python plugin through the real engine: preview, up, refresh, destroy, and what may fail in them."""

from tests.engine.stack import Stack

PASSWORD = "hunter2-secret"


def test_up_creates_what_preview_announced_and_a_second_preview_finds_nothing(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"}, {"name": "b", "content": "{length} letters"})
    preview = stack.expect("preview", "--diff")
    assert 'content: "one"' in preview and "+ 3 to create" in preview
    assert "content: [unknown]" in preview and not list(stack.things.iterdir())
    assert "+ 3 created" in stack.expect("up", "--yes", "--skip-preview")
    assert (stack.things / "b").read_text() == "3 letters"
    preview = stack.expect("preview", "--expect-no-changes")
    assert "3 unchanged" in preview and "warning" not in preview.lower()


def test_a_secret_is_nowhere_in_plain_text(stack: Stack) -> None:
    stack.expect("config", "set", "--secret", "password", PASSWORD)
    stack.declare({"name": "a", "content": "one"})
    shown = stack.expect("preview", "--diff") + stack.expect("up", "--yes", "--skip-preview", "--diff")
    assert "password: [secret]" in shown and "wrote a with [secret]" in shown
    thing = stack.state()["a"]
    assert "ciphertext" in thing["inputs"]["password"] and "ciphertext" in thing["outputs"]["password"]
    written = [file for file in stack.project.parent.rglob("*") if file.is_file()]
    assert not [file for file in written if PASSWORD in file.read_text(errors="replace")]
    assert PASSWORD not in shown


def test_drift_is_shown_by_a_refreshing_preview_and_repaired_by_up(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    (stack.things / "a").write_text("edited by hand")
    assert "2 unchanged" in stack.expect("preview")
    shown = stack.expect("preview", "--refresh", "--diff")
    assert '"edited by hand" => "one"' in shown and "~ 1 to update" in shown
    stack.expect("up", "--yes", "--skip-preview", "--refresh")
    assert (stack.things / "a").read_text() == "one"


def test_the_nightly_check_exits_with_7_on_drift_and_changes_no_state(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    assert stack.pulumi("refresh", "--preview-only", "--expect-no-changes").code == 0
    before = stack.state()
    (stack.things / "a").write_text("edited by hand")
    ran = stack.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert ran.code == 7 and "no changes were expected" in ran.text
    assert stack.state() == before


def test_what_is_gone_is_made_again(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    (stack.things / "a").unlink()
    assert "+ 1 created" in stack.expect("up", "--yes", "--skip-preview", "--refresh")
    assert (stack.things / "a").exists()


def test_a_change_that_needs_it_replaces_the_old_one_first(stack: Stack) -> None:
    elsewhere = stack.things / "elsewhere"
    elsewhere.mkdir()
    stack.declare({"name": "a", "content": "one"})
    stack.expect("up", "--yes", "--skip-preview")
    stack.declare({"name": "a", "content": "one", "folder": str(elsewhere)})
    preview = stack.expect("preview", "--diff")
    assert "+-thing:index:Thing: (replace)" in preview and "~ folder: " in preview
    shown = stack.expect("up", "--yes", "--skip-preview")
    assert shown.index("deleted original") < shown.index("creating replacement")
    assert (elsewhere / "a").exists() and not (stack.things / "a").exists()


def test_an_input_that_cannot_be_used_stops_the_preview(stack: Stack) -> None:
    stack.declare({"name": "a", "content": None})
    ran = stack.pulumi("preview")
    assert ran.code != 0 and "content" in ran.text and "is missing; write what the file shall hold" in ran.text


def test_a_create_that_fails_is_one_line_and_leaves_no_resource(stack: Stack) -> None:
    stack.expect("config", "set", "--secret", "password", PASSWORD)
    stack.declare({"name": "a", "content": "one", "fail": "create"})
    ran = stack.pulumi("up", "--yes", "--skip-preview")
    assert ran.code != 0 and "a: the password [secret] was refused" in ran.text and "Traceback" not in ran.text
    assert "a" not in stack.state()


def test_a_plugin_that_breaks_says_so_in_one_line_and_in_full_when_debugging(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one", "fail": "crash"})
    ran = stack.pulumi("up", "--yes", "--skip-preview")
    assert "error: ZeroDivisionError: of None" in ran.text and "Traceback" not in ran.text
    assert "Traceback" in stack.pulumi("up", "--yes", "--skip-preview", "--debug").text


def test_a_create_that_fails_half_way_is_kept_and_mended_by_the_next_up(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "x" * 100_000, "fail": "partial"})
    ran = stack.pulumi("up", "--yes", "--skip-preview")
    assert ran.code != 0 and "the file is there, but not read by anyone" in ran.text
    kept = stack.state()["a"]
    assert kept["initErrors"] == ["the file is there, but not read by anyone"] and kept["outputs"]["length"] == 100_000
    assert "~ 1 updated" in stack.expect("up", "--yes", "--skip-preview")
    assert "initErrors" not in stack.state()["a"]


def test_a_delete_that_fails_keeps_the_resource_until_it_succeeds(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one", "fail": "delete"})
    stack.expect("up", "--yes", "--skip-preview")
    (stack.things / "a.kept").touch()
    ran = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert ran.code != 0 and "someone keeps it" in ran.text and "a" in stack.state()
    (stack.things / "a.kept").unlink()
    stack.expect("destroy", "--yes", "--skip-preview")
    assert stack.state() == {} and not (stack.things / "a").exists()


def test_a_providers_secret_configuration_reaches_the_plugin_and_is_encrypted_in_the_state(stack: Stack) -> None:
    stack.declare({"name": "a", "content": "one"}, banner="keep-this: ")
    stack.expect("up", "--yes", "--skip-preview")
    assert (stack.things / "a").read_text() == "keep-this: one"
    assert "ciphertext" in stack.state()["configured"]["inputs"]["banner"]
    stack.declare({"name": "a", "content": "one"}, banner="keep-that: ")
    preview = stack.expect("preview")
    assert "~  pulumi:providers:thing configured update" in preview and "replace" not in preview
