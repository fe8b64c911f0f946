"""The tables of docs/machine-files.md, read."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "machine-files.md"
_ROW = re.compile(r"^\| `(/[^`]+)` \| (\S+) \| (0\d{3}) \| .* \|$", re.MULTILINE)


def owners_and_modes(section: str = "") -> dict[str, tuple[str, str]]:
    """Owner and mode of each path, of the whole page or of one section by its heading."""
    text = PAGE.read_text()
    if section:
        text = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = _ROW.findall(text)
    assert len({path for path, _, _ in rows}) == len(rows), "a file has two rows"
    return {path: (owner, mode) for path, owner, mode in rows}
