"""A node agent's refusal, told with what helps."""

import pytest

from meshx.provider.node_agent_words import refusal_told

FAILED = "CSR signing failed: rpc error: code = Unavailable desc = connection error: desc = "


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        ("x509: certificate has expired or is not yet valid", "compare the machine's clock"),
        ("x509: certificate is valid for istio-pilot, not istio-citadel", "who answers there is not Citadel"),
        ("x509: certificate signed by unknown authority", "Citadel's root is another"),
        ("remote error: tls: bad certificate", "Citadel's root is another"),
        ("dial tcp: lookup istio-citadel: no such host", "/etc/hosts"),
        ("dial tcp 10.77.0.200:8060: connect: connection refused", "nothing answers there"),
        ("dial tcp 10.77.0.200:8060: i/o timeout", "nothing answers there"),
        ("something that nobody foresaw", "see Citadel's log"),
    ],
)
def test_each_refusal_is_told_with_what_helps(reason, helps):
    told = refusal_told(f'{FAILED}"transport: {reason}". Will retry in 1s')
    assert reason in told
    assert helps in told
    assert "Will retry" not in told
