"""Every key of the configuration says what its change does; test_effects_of_keys.py has all of them changed."""

from __future__ import annotations

from tests.program.effects.changed_stacks import CHANGES, places


def test_every_key_says_what_its_change_does() -> None:
    assert [key for key, place in places() if place.effects is None] == []


def test_every_key_is_changed_where_that_is_measured() -> None:
    assert {key for key, _ in places()} == CHANGES.keys()
