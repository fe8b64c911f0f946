"""What a Go program embeds and the repository does not keep is laid beside its main.go for the build alone."""

import json
from pathlib import Path

import pytest

from sandbox.builds import go_tools, kubernetes_plugin
from sandbox.builds.go_command import TOOLS
from sandbox.builds.go_tools import GoTool

GREETER = """package main

import _ "embed"

//go:embed greeting
var greeting string

func main() { print(greeting) }
"""


def test_the_plugins_schema_says_which_release_it_is_of(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps({"name": "kubernetes", "resources": {"é": {}}}, indent=4))
    (tmp_path / "terraform-mapping.json").write_text(json.dumps({"resources": {}}, indent=4))
    embedded = kubernetes_plugin.embedded_from(tmp_path)
    assert json.loads(embedded[kubernetes_plugin.SCHEMA]) == {
        "name": "kubernetes",
        "resources": {"é": {}},
        "version": kubernetes_plugin.VERSION,
    }
    assert json.loads(embedded[kubernetes_plugin.MAPPING]) == {"resources": {}}


def test_main_go_embeds_what_the_build_makes() -> None:
    main = (TOOLS / kubernetes_plugin.TOOL / "main.go").read_text()
    embedded = [line.removeprefix("//go:embed ") for line in main.splitlines() if line.startswith("//go:embed ")]
    assert embedded == [kubernetes_plugin.SCHEMA, kubernetes_plugin.MAPPING]
    assert not [name for name in embedded if (TOOLS / kubernetes_plugin.TOOL / name).exists()]


def test_a_program_embeds_a_file_that_is_not_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "tools" / "greeter"
    sources.mkdir(parents=True)
    (sources / "go.mod").write_text("module greeter\n\ngo 1.26\n")
    (sources / "main.go").write_text(GREETER)
    monkeypatch.setattr(go_tools, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr("sandbox.builds.go_command.TOOLS", tmp_path / "tools")
    tool = GoTool("greeter", program="hello", embedded=lambda: {"greeting": b"good day"})
    built = tmp_path / "built"
    built.mkdir()
    go_tools.recipe(tool).build(built, {})
    assert b"good day" in (built / "hello").read_bytes()
    assert sorted(file.name for file in sources.iterdir()) == ["go.mod", "main.go"]
