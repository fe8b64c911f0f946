"""docs/seeds.md names files and tests; each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "seeds.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:meshx|tests|docs)/[\w./-]+(?:::\w+)?)`", PAGE)))


@pytest.mark.parametrize("named", NAMED)
def test_what_the_page_names_is_there(named):
    path, _, test = named.partition("::")
    text = (ROOT / path).read_text()
    assert not test or f"def {test}(" in text


def test_every_line_says_who_holds_it_or_that_it_is_not_done():
    rows = [
        line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| the guide", "| | "))
    ]
    assert len(rows) > 80
    for row in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        assert len(cells) == 3, row
        done_by_nobody = cells[2] == ""
        assert not done_by_nobody or "**not yet**" in cells[1] or cells[1] in ("not needed", "the user's own"), row
