"""The wheel by itself: what is in it, and that it works with no checkout."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import meshx
from meshx.version import VERSION
from sandbox.paths import REPO
from tests.installed.wheel import Installed, build

SHOWN = """
import json, sys
import meshx, meshx.provider.meshx_plugin, meshx_policy.pack
from meshx.join.scripts_library import SCRIPTS, script_text
from meshx.stack.pinned_versions import PINS, pinned
for name in meshx.__all__:
    getattr(meshx, name)
scripts = sorted(str(file.relative_to(SCRIPTS)) for file in SCRIPTS.rglob("*") if file.is_file())
texts = [script_text(name) for name in scripts]
files = [module.__file__ for name, module in sys.modules.items() if name.startswith("meshx") and module.__file__]
json.dump({"scripts": scripts, "empty": texts.count(""), "files": files, "pins": pinned(PINS.read_text())}, sys.stdout)
"""


def _tracked(*folders: str) -> set[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    return set(subprocess.run(listed, cwd=REPO, check=True, capture_output=True, text=True).stdout.split())


def test_it_has_every_file_of_its_packages_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        inside = {name for name in content.namelist() if ".dist-info/" not in name}
    of_the_checkout = {"meshx/provider/requirements.txt"}
    made = {"meshx/requirements.txt", "pulumi_meshx/pulumi-plugin.json"}
    assert inside == (_tracked("meshx", "meshx_policy") - of_the_checkout) | made


def test_its_metadata_is_what_an_index_shows(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        (name,) = [name for name in content.namelist() if name.endswith("METADATA")]
        said = content.read(name).decode()
        plugin = json.loads(content.read("pulumi_meshx/pulumi-plugin.json"))
    for line in (f"Version: {VERSION}", "License-Expression: Apache-2.0", "Requires-Python: >=3.10"):
        assert f"\n{line}\n" in said
    assert not re.search(r"Requires-Dist: (pytest|ruff|pyright|hypothesis)", said)
    assert plugin == {"resource": True, "name": "meshx"}


def test_who_releases_names_the_server_that_the_engine_downloads_the_plugin_from(tmp_path: Path) -> None:
    file = build(tmp_path, MESHX_PLUGIN_SERVER="github://api.github.com/someone/meshx")
    with zipfile.ZipFile(file) as content:
        plugin = json.loads(content.read("pulumi_meshx/pulumi-plugin.json"))
    assert plugin == {"resource": True, "name": "meshx", "server": "github://api.github.com/someone/meshx"}


def test_all_of_it_is_imported_and_read_with_no_checkout(installed: Installed, tmp_path: Path) -> None:
    ran = installed.run("python", "-c", SHOWN, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    here = Path(meshx.__file__).parent / "scripts"
    assert seen["scripts"] == sorted(str(file.relative_to(here)) for file in here.rglob("*") if file.is_file())
    assert seen["empty"] == 0 and len(seen["files"]) > 50 and "pulumi-kubernetes" in seen["pins"]
    assert [file for file in seen["files"] if not file.startswith(str(installed.folder))] == []


def test_the_checkout_is_really_out_of_reach(installed: Installed, tmp_path: Path) -> None:
    ran = installed.run("python", "-c", f"open({str(REPO / 'README.md')!r})", cwd=tmp_path)
    assert ran.returncode != 0 and "the checkout is out of reach" in ran.stderr


def test_each_command_is_there_by_both_its_names(installed: Installed, tmp_path: Path) -> None:
    for words in (["meshx"], ["python", "-m", "meshx"]):
        ran = installed.run(*words, "--help", cwd=tmp_path)
        assert ran.returncode == 0 and "{init,plugin,doctor,recover}" in ran.stdout, ran.stderr
        for command in ("doctor", "recover"):
            ran = installed.run(*words, command, cwd=tmp_path)
            assert ran.returncode in (1, 2) and "is no Pulumi project" in ran.stderr, ran.stderr


def test_no_tool_of_development_comes_along(installed: Installed, tmp_path: Path) -> None:
    ran = installed.run("python", "-m", "pip", "list", "--format", "json", cwd=tmp_path)
    there = {one["name"].lower().replace("_", "-") for one in json.loads(ran.stdout)}
    assert {"pulumi-meshx", "pulumi", "pulumi-policy"} <= there
    assert not there & {"pytest", "ruff", "pyright", "hypothesis", "hatchling", "pulumi-gcp"}
