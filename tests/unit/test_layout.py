"""The rooms of meshx and of the sandbox are as the pages say, and every file has one place to be looked for."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MESHX, SANDBOX = ROOT / "meshx", ROOT / "sandbox"
AT_THE_ROOT = {"__init__.py", "__main__.py", "construct.py", "mesh.py", "program.py", "version.py"}
LINES = {"meshx/components/istiod", "meshx/components/classic"}
MOST_FILES = 26
PATH = re.compile(r"(?<![\w./-])((?:meshx|meshx_policy|policy|sandbox|tests|docs|bench|examples)/[\w./<>-]*[\w/])")
PAGES = {"docs/architecture.md": MESHX, "README.md": MESHX, "docs/sandbox.md": SANDBOX}


def python_files(package: Path = MESHX) -> list[Path]:
    return [path for path in package.rglob("*.py") if "__pycache__" not in path.parts]


def rooms(package: Path = MESHX) -> set[str]:
    return {path.name for path in package.iterdir() if any(path.rglob("*.py"))}


def named_paths(page: str) -> set[str]:
    """The paths that a page names; `<line>` stands for both Istio lines."""
    text = (ROOT / page).read_text()
    found = set(PATH.findall(text))
    return {path.replace("<line>", line) for path in found for line in ("istiod", "classic")}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    paths = named_paths(page)
    assert len(paths) > len(rooms(PAGES[page]))
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_room_is_named(page: str) -> None:
    text = (ROOT / page).read_text()
    assert [room for room in sorted(rooms(PAGES[page])) if f"{room}/`" not in text] == []


def test_at_the_root_are_the_top_component_and_the_package_itself() -> None:
    assert {path.name for path in MESHX.glob("*.py")} == AT_THE_ROOT


def test_a_file_name_stands_for_one_file() -> None:
    """Except where it is one role on both Istio lines, and that sections have their keys' names."""
    places: dict[str, set[str]] = defaultdict(set)
    for path in python_files():
        folder = str(path.parent.relative_to(ROOT))
        if not path.name.startswith("__") and folder != "meshx/config/sections":
            places[path.name].add(folder)
    assert {name: folders for name, folders in places.items() if len(folders) > 1 and folders != LINES} == {}


def test_no_file_of_the_code_has_300_lines() -> None:
    code = [path for package in (MESHX, SANDBOX, ROOT / "meshx_policy", ROOT / "bench") for path in package.rglob("*")]
    lengths = {path: len(path.read_text().splitlines()) for path in code if path.suffix in (".py", ".sh")}
    assert len(lengths) > 500
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length >= 300} == {}


def test_no_folder_has_more_files_than_one_looks_through() -> None:
    sizes: dict[str, int] = defaultdict(int)
    for path in (*python_files(MESHX), *python_files(SANDBOX)):
        sizes[str(path.parent.relative_to(ROOT))] += 1
    assert {folder: size for folder, size in sizes.items() if size > MOST_FILES} == {}


def test_the_contract_that_keeps_the_sandbox_out_names_every_room_but_the_base_of_plugins() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    contract = text.partition("of the product the sandbox uses the base of plugins")[2].partition("\n[")[0]
    named = {name.partition(".")[2] for name in re.findall(r'"(meshx\.\w+)"', contract)}
    inside = {room.removesuffix(".py") for room in rooms() | AT_THE_ROOT}
    assert named == inside - {"plugin_base", "__init__"}


@pytest.mark.parametrize("suite", ["unit", "program", "engine", "conformance", "installed"])
def test_what_runs_before_the_sandbox_is_raised_reads_nothing_of_its_state(suite: str) -> None:
    named = re.compile(r"import .*\bSTATE\b|/var/lib/meshx-sandbox|paths\.STATE")
    files = [file for file in python_files(ROOT / "tests" / suite) if file != Path(__file__)]
    assert files
    assert [str(file) for file in files if named.search(file.read_text())] == []
