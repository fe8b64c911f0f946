"""Why a node agent of Istio 1.1 to 1.4 gets no certificate from Citadel, by what it says, and what helps."""

from __future__ import annotations

import re

CITADEL = "istio-citadel:8060"

_REASONS = (
    (
        r"certificate has expired or is not yet valid",
        "a certificate is out of its time, Citadel's or the machine's: compare the machine's clock, and see in "
        "Citadel's log whether it renews its own",
    ),
    (
        r"certificate is valid for|cannot validate certificate|doesn't contain any IP SANs",
        "who answers there is not Citadel, by the name in its certificate: see that VirtualService "
        "meshexpansion-vs-citadel leads to istio-citadel, and that nothing else takes port 8060",
    ),
    (
        r"signed by unknown authority|unknown certificate authority|bad certificate",
        "Citadel's root is another than the one that signed the machine's certificate: compare Secrets cacerts and "
        "istio-ca-secret with the workload's; once its Secret is deleted Citadel makes it anew",
    ),
    (
        r"no such host",
        "the name leads nowhere: see its line in /etc/hosts on the machine",
    ),
    (
        r"dial tcp|connection refused|i/o timeout|no route to host|TransientFailure",
        "nothing answers there: see that Citadel runs, that the ingress gateway's Service has port 8060, and that no "
        "firewall is in the way",
    ),
)
_FURTHER = "see Citadel's log (`kubectl -n istio-system logs deployment/istio-citadel`)"
_RETRY = re.compile(r"\s*Will retry in \S+\s*$")


def refusal_told(words: str) -> str:
    """The refusal with its remedy. words: the agent's last line (security/pkg/nodeagent/vm/na.go, "CSR signing
    failed"), whose reasons are Go's (crypto/x509, net)."""
    said = _RETRY.sub("", words.strip()).rstrip(".")
    remedy = next((told for pattern, told in _REASONS if re.search(pattern, said)), _FURTHER)
    return (
        f"its node agent gets no certificate from Citadel at {CITADEL} ({said}): {remedy}. The proxy was not started "
        "anew; `journalctl -u istio-auth-node-agent` on the machine has all of it"
    )
