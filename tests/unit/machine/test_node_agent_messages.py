"""A node agent's refusal, told with what helps: the words of 1.4.10's own agent."""

import pytest

from meshx.machine.node_agent_messages import refusal_told

PREFIX = (
    "CSR signing failed: rpc error: code = Unavailable desc = all SubConns are in TransientFailure, "
    "latest connection error: "
)
HANDSHAKE = 'connection error: desc = "transport: authentication handshake failed: {}"'
DIAL = 'connection error: desc = "transport: Error while dialing dial tcp {}"'


@pytest.mark.parametrize(
    ("reason", "helps"),
    [
        (HANDSHAKE.format("x509: certificate has expired or is not yet valid"), "compare the clocks"),
        (HANDSHAKE.format("x509: certificate is valid for istio-pilot, not istio-citadel"), "is not Citadel"),
        (
            HANDSHAKE.format("x509: certificate is not valid for any names, but wanted to match istio-citadel"),
            "is not Citadel",
        ),
        (HANDSHAKE.format("x509: certificate signed by unknown authority"), "Citadel's root is another"),
        (
            HANDSHAKE.format("tls: first record does not look like a TLS handshake"),
            "DestinationRule istio-citadel (port 8060, DISABLE) is missing",
        ),
        (HANDSHAKE.format("EOF"), "the gateway takes the connection and closes it"),
        (
            HANDSHAKE.format("read tcp 10.77.0.13:51234->10.77.0.2:8060: read: connection reset by peer"),
            "the gateway takes the connection and closes it",
        ),
        (HANDSHAKE.format("context deadline exceeded"), "says nothing for 20 s"),
        (HANDSHAKE.format("remote error: tls: bad certificate"), "has ended, has not begun"),
        ("connection closed", "has ended, has not begun by Citadel's clock, or is of another root"),
        (
            'connection error: desc = "transport: failed to write client preface: write tcp 10.77.0.13:51234->'
            '10.77.0.2:8060: write: connection reset by peer"',
            "has ended, has not begun",
        ),
        (
            "connection error: desc = write tcp 10.77.0.13:51234->10.77.0.2:8060: write: broken pipe",
            "has ended, has not begun",
        ),
        (DIAL.format("lookup istio-citadel on 10.77.0.1:53: no such host"), "/etc/hosts"),
        (DIAL.format("10.77.0.200:8060: connect: connection refused"), "nothing answers there"),
        (DIAL.format("10.77.0.200:8060: i/o timeout"), "nothing answers there"),
        ("something that nobody foresaw", "see Citadel's log"),
    ],
)
def test_each_refusal_is_told_with_what_helps(reason, helps):
    told = refusal_told(f"{PREFIX}{reason}. Will retry in 5s")
    assert reason in told
    assert helps in told
    assert "Will retry" not in told
    assert ("nothing answers there" in told) == (helps == "nothing answers there")


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        ("CSR signing failed: request not approved. Will retry in 5s", "answered and signed nothing"),
        ("CSR signing failed: response empty. Will retry in 5s", "answered and signed nothing"),
        (
            "node agent can't get the CSR approved from Istio CA after max number of retries (5)",
            "gave up after its six trials",
        ),
    ],
)
def test_what_is_said_without_a_broken_connection_is_told_as_that(words, helps):
    assert helps in refusal_told(words)
