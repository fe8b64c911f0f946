"""A hundred machines at once, on a real sshd with its own limits, and past a firewall that limits the rate.

One machine of the sandbox stands for all of them and for the bastion: its sshd gets every connection there is.
"""

from __future__ import annotations

import pytest

from meshx.machine.join_inputs import Connection
from tests.e2e.machine.connections import all_at_once, limited_rate, login, lost
from tests.e2e.machine.deliveries import MACHINE, shell

SPAN_SECONDS = 6
"""A short one, past which the first pauses lead; test_limited_rate.py has that of `ufw limit`."""


def logins() -> int:
    return int(shell(MACHINE, "journalctl -u ssh --no-pager | grep -c 'Accepted publickey' || true"))


@pytest.fixture
def default_sshd(sandbox: object) -> None:
    """The machine's sshd has the limits that it comes with."""
    assert "maxstartups 10:30:100" in shell(MACHINE, "sshd -T")


@pytest.mark.usefixtures("default_sshd")
def test_of_a_hundred_machines_behind_one_bastion_none_is_lost_and_the_bastion_is_logged_in_to_once() -> None:
    before = logins()
    assert lost(all_at_once(100, Connection(login(), bastion=login(), connect_seconds=15))) == []
    # Each machine once, and some of others meanwhile; a log-in to the bastion for each would be a hundred more.
    assert 101 <= logins() - before < 110


@pytest.mark.usefixtures("default_sshd")
def test_of_many_machines_at_one_address_none_is_lost() -> None:
    assert lost(all_at_once(48, Connection(login(), connect_seconds=15))) == []


@pytest.mark.usefixtures("sandbox")
def test_past_a_rule_that_limits_the_rate_all_come_in() -> None:
    with limited_rate(SPAN_SECONDS):
        assert lost(all_at_once(8, Connection(login(), connect_seconds=15))) == []
