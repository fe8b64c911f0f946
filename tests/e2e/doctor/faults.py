"""Faults as they are met, each put on a machine and taken off again by plain commands."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.stack.upkeep import START_UPKEEP, STOP_UPKEEP

GATEWAY = "$(awk '/istiod/ {print $1}' /etc/hosts)"
KEPT = "/root/kept"


@dataclass(frozen=True)
class Fault:
    """A fault: the shell's words that make it on a machine and those that undo it, and what the doctor must say.

    cause: of the line "Likely cause:"; remedy: of the line "Remedy:".
    """

    name: str
    make: str
    undo: str
    cause: str
    remedy: str


REPAIR = "`pulumi up --refresh`"
FAULTS = (
    Fault(
        "a hosts line edited by hand",
        f"{STOP_UPKEEP}; cp /etc/hosts {KEPT} && sed -i 's/^[0-9.]* *istiod/10.9.9.9 istiod/' /etc/hosts",
        f"cat {KEPT} > /etc/hosts; rm {KEPT}; {START_UPKEEP}",
        "hosts lines: istiod.istio-system.svc is 10.9.9.9, and the gateway is 10.77.0.2",
        REPAIR,
    ),
    Fault(
        "no line for the machine's own name",
        f"{STOP_UPKEEP}; cp /etc/hosts {KEPT} && sed -i '/ vm-1 /d' /etc/hosts",
        f"cat {KEPT} > /etc/hosts; rm {KEPT}; {START_UPKEEP}",
        "own name: vm-1 leads to no address",
        REPAIR,
    ),
    Fault(
        "the unit disabled",
        "systemctl disable -q istio",
        "systemctl enable -q istio",
        "unit at boot: istio is not enabled",
        REPAIR,
    ),
    Fault(
        "the packet rules flushed",
        f"{STOP_UPKEEP}; iptables-save -t nat > {KEPT} && iptables -t nat -F",
        f"iptables-restore < {KEPT}; rm {KEPT}; {START_UPKEEP}",
        "packet rules: missing (IPv4)",
        "ISTIO_*",
    ),
    Fault(
        "the certificate removed",
        f"mkdir {KEPT} && mv /etc/certs/cert-chain.pem /etc/certs/key.pem {KEPT}",
        f"mv {KEPT}/* /etc/certs && rmdir {KEPT}",
        "certificate: there is none; token until",
        REPAIR,
    ),
    Fault(
        "certificate and token removed",
        f"mkdir {KEPT} {KEPT}/certs && mv /etc/certs/cert-chain.pem /etc/certs/key.pem {KEPT}/certs && "
        f"mv /run/secrets/tokens/istio-token {KEPT}",
        f"mv {KEPT}/certs/* /etc/certs && mv {KEPT}/istio-token /run/secrets/tokens && rm -r {KEPT}",
        "certificate: there is none; no token",
        REPAIR,
    ),
    Fault(
        "the root certificate altered",
        f"cp -a /etc/certs/root-cert.pem {KEPT} && echo altered > /etc/certs/root-cert.pem",
        f"mv {KEPT} /etc/certs/root-cert.pem",
        "root certificate: /etc/certs/root-cert.pem has another content",
        REPAIR,
    ),
    Fault(
        "a file of the bundle changed",
        f"cp -a /var/lib/meshx/sidecar/cluster.env {KEPT} && echo \"A='1'\" >> /var/lib/meshx/sidecar/cluster.env",
        f"mv {KEPT} /var/lib/meshx/sidecar/cluster.env",
        "files: /var/lib/meshx/sidecar/cluster.env has another content",
        REPAIR,
    ),
    Fault(
        "the way to the gateway blocked",
        f"iptables -I OUTPUT -d {GATEWAY} -p tcp --dport 15012 -j REJECT",
        f"iptables -D OUTPUT -d {GATEWAY} -p tcp --dport 15012 -j REJECT",
        "gateway: 10.77.0.2",
        "let TCP 15012",
    ),
    Fault(
        "the program stopped that the machine runs for the mesh",
        "systemctl stop echo-http",
        "systemctl start echo-http",
        "own ports: nobody listens on 8080 (http)",
        "start it",
    ),
    Fault(
        "a clock that is wrong",
        # The clock itself is the computer's, which all its machines share.
        "printf '#!/bin/sh\\necho $(($(/bin/date +%%s) + 3600))\\n' > /usr/local/sbin/date && "
        "chmod +x /usr/local/sbin/date",
        "rm /usr/local/sbin/date",
        "clock: 3",
        "time synchronisation",
    ),
    # Last: it takes the longest to be well again.
    Fault("the unit stopped", "systemctl stop istio", "systemctl start istio", "unit: istio is inactive", REPAIR),
)
