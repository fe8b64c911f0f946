"""Why a node agent of Istio 1.1 to 1.4 gets no certificate from Citadel: what it prints, what that means, what helps.

The messages are those that 1.4.10's own agent printed for each cause, except "bad certificate", which older ones print
according to their source (Go before TLS 1.3). All but a refused request begin with `CSR signing failed: rpc
error: code = Unavailable desc = all SubConns are in TransientFailure, latest connection error: `, which says nothing.
"""

from __future__ import annotations

import re

from meshx.istio.ports import CITADEL_PORT
from meshx.join import classic_hosts

CITADEL = f"{classic_hosts.CITADEL}:{CITADEL_PORT}"

_REASONS = (
    (
        r"certificate has expired or is not yet valid",
        "Citadel's certificate is out of its time by the machine's clock: compare the clocks, and see in Citadel's log "
        "whether it renews its own",
    ),
    (
        r"certificate is valid for|not valid for any names|cannot validate certificate|doesn't contain any IP SANs",
        "who answers there is not Citadel, by the name in its certificate: see that VirtualService "
        "meshexpansion-vs-citadel leads to istio-citadel, and that nothing else takes port 8060",
    ),
    (
        r"signed by unknown authority|unknown certificate authority",
        "Citadel's root is another than the machine's: `pulumi up --refresh` brings the root in the workload's Secret; "
        "if that is still the old one, delete the Secret, and Citadel makes a new one",
    ),
    (
        r"first record does not look like a TLS handshake",
        "something speaks plain there, or the gateway wraps the agent's TLS in its own, as it does where the mesh's "
        "default is mutual TLS and DestinationRule istio-citadel (port 8060, DISABLE) is missing: `pulumi up "
        "--refresh` makes it",
    ),
    (
        r"handshake failed: (EOF|read tcp|write tcp)",
        "the gateway takes the connection and closes it: see that Citadel runs, and that VirtualService "
        "meshexpansion-vs-citadel and Service istio-citadel lead to it",
    ),
    (
        r"context deadline exceeded",
        "something takes the connection there and says nothing for 20 s: see what the address in /etc/hosts is, that "
        "Citadel answers, and that no firewall swallows what follows",
    ),
    (
        r"no such host",
        "the name leads nowhere: see its line in /etc/hosts on the machine",
    ),
    (
        r"dial tcp|connection refused|i/o timeout|no route to host",
        "nothing answers there: see that Citadel runs, that the ingress gateway's Service has port 8060, and that no "
        "firewall is in the way",
    ),
    (
        r"connection closed|connection reset by peer|broken pipe|bad certificate|remote error: tls",
        "Citadel hung up after the handshake, as it does on a certificate of the machine's that has ended, has not "
        "begun by Citadel's clock, or is of another root, and as somebody else does who is no Citadel: see "
        "`openssl x509 -noout -dates -issuer -in /etc/certs/cert-chain.pem` on the machine, and compare the clocks; "
        "`pulumi up --refresh` brings a new one out of the workload's Secret, which Citadel makes anew once deleted",
    ),
    (
        r"request not approved|response empty",
        "Citadel answered and signed nothing: see its log for the reason (`kubectl -n istio-system logs "
        "deployment/istio-citadel`), such as a longest time for certificates below the 90 days that the agent asks for "
        "(security.env or `--max-workload-cert-ttl`)",
    ),
    (
        r"can.t get the CSR approved",
        "it gave up after its six trials, and systemd starts it anew: what it said at each stands in its journal",
    ),
)
_FURTHER = "see Citadel's log (`kubectl -n istio-system logs deployment/istio-citadel`)"
_RETRY = re.compile(r"\s*Will retry in \S+\s*$")


def refusal_told(words: str) -> str:
    """The refusal with its remedy. words: the agent's last line (security/pkg/nodeagent/vm/nodeagent.go, "CSR signing
    failed"), whose reasons are gRPC's and Go's (crypto/tls, crypto/x509, net)."""
    said, helps = refusal(words)
    return (
        f"its node agent gets no certificate from Citadel at {CITADEL} ({said}): {helps}. The proxy was not started "
        "anew; `journalctl -u istio-auth-node-agent` on the machine has all of it"
    )


def refusal(words: str) -> tuple[str, str]:
    """The refusal without what the agent does next; what it means; what helps."""
    said = _RETRY.sub("", words.strip()).rstrip(".")
    return said, next((told for pattern, told in _REASONS if re.search(pattern, said)), _FURTHER)
