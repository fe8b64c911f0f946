"""Tokens and certificates that are good for too long are found."""

from policy.rules.lifetimes import RULE
from tests.unit.policy.judging import PACKAGE, join, resource, said


def test_a_token_for_a_day_is_found() -> None:
    message = said(RULE, join(token={"seconds": 86400.0}))
    assert "token.seconds is 86400" in message and "`lifetimeSeconds: 3600` or less in meshx:tokens" in message


def test_a_certificate_for_a_month_is_found() -> None:
    files = {"/etc/cluster.env": {"content": "ISTIO_NAMESPACE='istio-system'\nSECRET_TTL='2592000s'\n"}}
    message = said(RULE, join(bundle={"package": PACKAGE, "files": files}))
    assert "2592000 seconds" in message and "meshx:certificates" in message


def test_a_token_without_end_is_found() -> None:
    secret = resource("kubernetes:core/v1:Secret", type="kubernetes.io/service-account-token")
    assert "never ends" in said(RULE, secret)


def test_short_ones_pass_and_what_is_short_can_be_set() -> None:
    assert not said(RULE, join())
    assert not said(RULE, join(token={"seconds": 7200.0}), longestTokenSeconds=7200)
    assert "token.seconds" in said(RULE, join(), longestTokenSeconds=600)
