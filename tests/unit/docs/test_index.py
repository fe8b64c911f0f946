"""docs/README.md leads to every page, every link of a page leads somewhere, and pages say what the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.istio.classic_versions import BROKEN_PACKAGES, OLDEST_KUBERNETES, VERSIONS, written
from meshx.istio.versions import FIRST_ISTIOD
from meshx.stack.pinned_versions import pinned
from meshx.stack.tested_versions import ENGINE
from sandbox.builds.host import PACKAGES

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
README_LINES = 150
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def linked(page: Path) -> Iterator[tuple[Path, str]]:
    """Each link of a page to a file here: the file, and the heading in it ("" for none)."""
    for target, heading in LINK.findall(page.read_text()):
        yield (page.parent / target).resolve() if target else page, heading


def headings(page: Path) -> set[str]:
    """The names by which links lead to a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_the_index_leads_to_every_page() -> None:
    index = DOCS / "README.md"
    decisions = DOCS / "decisions" / "README.md"
    reached = {file for page in (index, decisions) for file, _ in linked(page)}
    assert [page for page in sorted(DOCS.rglob("*.md")) if page not in reached | {index}] == []


def test_the_readme_leads_to_the_index_and_is_short() -> None:
    readme = ROOT / "README.md"
    assert DOCS / "README.md" in {file for file, _ in linked(readme)}
    assert len(readme.read_text().splitlines()) < README_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    lost = [
        f"{file.name}#{heading}"
        for file, heading in linked(page)
        if not file.exists() or (heading and heading not in headings(file))
    ]
    assert lost == []


def test_the_sandboxs_page_names_every_package_that_it_installs() -> None:
    page = (DOCS / "sandbox.md").read_text()
    assert [package for package in PACKAGES if f"`{package}`" not in page] == []


def test_the_page_on_versions_says_what_the_code_accepts_and_pins() -> None:
    page = (DOCS / "compatibility.md").read_text()
    for version in VERSIONS:
        major, minor = version.kubernetes_below
        row = next(
            line for line in page.splitlines() if re.match(rf"\| (.*, )?{re.escape(written(version.minor))}\b", line)
        )
        assert f"Kubernetes {written(OLDEST_KUBERNETES)} to {major}.{minor - 1} |" in row
    assert f"| {BROKEN_PACKAGES[0]} to {BROKEN_PACKAGES[-1]} | refused" in page
    assert f"| 1.5 to {FIRST_ISTIOD[0]}.{FIRST_ISTIOD[1] - 1} | refused" in page
    assert f"| {ENGINE} |" in page
    assert f"| {pinned((ROOT / 'requirements.txt').read_text())['pulumi-kubernetes']}, Pulumi's own |" in page
