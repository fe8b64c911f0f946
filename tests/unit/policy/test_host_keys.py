"""Hosts without a known key are found."""

from policy.rules.host_keys import RULE
from policy.rules.rule import UNKNOWN
from tests.unit.policy.judging import join, resource, said

KNOWN = {"host": "10.77.0.11", "hostKey": "ssh-ed25519 AAAA"}


def test_a_machine_without_a_host_key_is_found_with_what_to_write() -> None:
    message = said(RULE, join(connection={"host": "10.77.0.11", "hostKey": ""}))
    assert message.startswith("connection.hostKey is missing") and "`hostKeyFile`" in message


def test_a_bastion_and_a_host_in_between_need_keys_too() -> None:
    assert "connection.bastion.hostKey" in said(RULE, join(connection={**KNOWN, "bastion": {"host": "b"}}))
    proxied = resource("command:remote:Command", connection={**KNOWN, "proxy": {"host": "b"}})
    assert "connection.proxy.hostKey" in said(RULE, proxied)


def test_known_hosts_and_those_whose_key_comes_with_the_machine_pass() -> None:
    assert not said(RULE, join(connection={**KNOWN, "bastion": KNOWN}))
    assert not said(RULE, join(connection={"host": "10.77.0.11", "hostKey": UNKNOWN}))
