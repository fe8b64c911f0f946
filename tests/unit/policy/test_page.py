"""docs/policies.md says what the code does."""

from pathlib import Path

from meshx_policy.page import table

PAGE = Path(__file__).parents[3] / "docs" / "policies.md"


def test_the_page_has_every_rule_with_its_levels() -> None:
    assert table() in PAGE.read_text(), "write the output of `python -m meshx_policy.page` into docs/policies.md"
