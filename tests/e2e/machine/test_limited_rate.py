"""Machines past the very rule of `ufw limit`, which takes more than a minute to come in by."""

from __future__ import annotations

import pytest

from meshx.machine.join_inputs import Connection
from tests.e2e.machine.connections import all_at_once, limited_rate, login, lost

pytestmark = pytest.mark.usefixtures("sandbox")


def test_past_a_rule_that_counts_half_a_minute_all_come_in() -> None:
    with limited_rate(30):
        assert lost(all_at_once(8, Connection(login(), connect_seconds=15))) == []
