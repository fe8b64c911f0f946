"""cluster.env for Istio 1.1 to 1.4: what istio-start.sh, istio-iptables and istio-node-agent-start.sh read.

The guides write two or three of these lines; the others override what the scripts assume without them:

- ISTIO_NAMESPACE: `default`, so a machine of another namespace would have the identity of one namespace and request the
  configuration of the other;
- ISTIO_SVC_IP: on 1.1 `hostname --ip-address`, which is 127.0.1.1 on a Debian machine, later its first address;
- POD_NAME: the host name, so two machines with the same host name would be one proxy to Pilot;
- ISTIO_SERVICE: `rawvm` for every machine; ISTIO_SYSTEM_NAMESPACE: `istio-system`;
- ISTIO_AGENT_FLAGS, if the trust domain is not cluster.local: pilot-agent checks Pilot's identity, and assumes the
  trust domain cluster.local (measured on 1.1.17 and 1.4.10: the start script passes the flags on).

Ports are listed, never `*`: from 1.3 on `*` would redirect calls to 127.255.0.0/16 to the inbound side of the proxy. So
ISTIO_LOCAL_EXCLUDE_PORTS, which only counts with `*`, says no more than the configuration does. Up to 1.2
istio-iptables.sh reads this file itself. From 1.3 on istio-start.sh exports only ISTIO_SERVICE_CIDR,
ISTIO_INBOUND_PORTS and ISTIO_CP_AUTH to it, so this file exports what else it reads (its first lines, at 1.4.10:
ISTIO_SERVICE_EXCLUDE_CIDR, ISTIO_LOCAL_EXCLUDE_PORTS, and since 1.2 ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE). The scripts
that source this file read the rest.
"""

from __future__ import annotations

import shlex

from meshx.istio.namespaces import DEFAULT_TRUST_DOMAIN
from meshx.join.cluster_env import listed
from meshx.join.facts import ClassicFacts, MachineFacts, WorkloadFacts


def render_classic_cluster_env(facts: ClassicFacts, workload: WorkloadFacts, machine: MachineFacts) -> str:
    """Return the text of cluster.env."""
    uncaptured = machine.uncaptured
    variables = {
        "ISTIO_NAMESPACE": workload.namespace,
        "ISTIO_SERVICE": f"{workload.name}.{workload.namespace}",
        "ISTIO_SERVICE_CIDR": listed([facts.services_cidr, *uncaptured.only_ranges]),
        "ISTIO_SVC_IP": machine.address,
        "ISTIO_SYSTEM_NAMESPACE": facts.system_namespace,
        "POD_NAME": machine.name,
    }
    if facts.trust_domain != DEFAULT_TRUST_DOMAIN:
        variables["ISTIO_AGENT_FLAGS"] = f"--trust-domain {facts.trust_domain}"
    if facts.mutual_tls:
        variables["ISTIO_CP_AUTH"] = "MUTUAL_TLS"
    if workload.ports:
        variables["ISTIO_INBOUND_PORTS"] = listed(sorted({port.number for port in workload.ports}))
    exported = {
        "ISTIO_LOCAL_EXCLUDE_PORTS": listed(uncaptured.inbound_ports),
        "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE": listed(uncaptured.outbound_ports),
        "ISTIO_SERVICE_EXCLUDE_CIDR": listed(uncaptured.outbound_ranges),
    }
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items())]
    return "".join([*lines, *(f"export {name}={shlex.quote(value)}\n" for name, value in exported.items() if value)])
