"""Packages whose content nobody knows are found."""

from policy.rules.packages import RULE
from policy.rules.rule import UNKNOWN
from tests.unit.policy.judging import PACKAGE, join, said


def test_a_package_without_a_sum_is_found_with_what_to_write() -> None:
    message = said(RULE, join(bundle={"package": {**PACKAGE, "sha256": ""}}))
    assert "has no SHA-256 sum" in message and "Write `sha256` in meshx:sidecar" in message


def test_a_package_with_its_sum_passes() -> None:
    assert not said(RULE, join())
    assert not said(RULE, join(bundle=UNKNOWN))
