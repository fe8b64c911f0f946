"""cluster.env: what istio-start.sh and istio-iptables read on the machine.

The form is that of ``istioctl x workload entry configure`` (istioctl/pkg/workload/workload.go, createClusterEnv):
sorted lines ``NAME='value'``. Five things differ, since istioctl's choice harms a machine:

- a workload without ports captures nothing inbound. istioctl writes ``*``, which captures all inbound traffic of a
  machine that serves nothing in the mesh; an empty value makes no rule (tools/istio-iptables/pkg/capture/run.go,
  handleInboundPortsInclude);
- ``POD_NAME`` is the machine's name in the configuration, which is unique there. istio-start.sh uses the host name, so
  two machines with the same host name would be one proxy to istiod. Instances of a group have no other name;
- the proxy does not capture calls to an instance's metadata server. The instance fetches its startup script there,
  which must repair a sidecar without a certificate;
- what the configuration keeps out of the mesh goes past the proxy, beside istioctl's own ports
  (tools/istio-iptables/pkg/cmd/root.go): ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE, ISTIO_SERVICE_EXCLUDE_CIDR and, in place
  of ``*``, the ranges of ISTIO_SERVICE_CIDR. ISTIO_LOCAL_EXCLUDE_PORTS counts only if all inbound ports are captured,
  which meshx never has (capture/run.go, handleInboundPortsInclude);
- the ports are sorted by number, so that the file does not change from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from meshx.istio.certificate_authority import SYSTEM_IN_AGENT, SYSTEM_ROOTS, CertificateAuthority
from meshx.istio.global_names import RANGE
from meshx.istio.join_settings import DUAL_STACK
from meshx.istio.machine_paths import AGENT_FOLDER, AUTHORITY_ROOT
from meshx.istio.namespaces import SYSTEM_NAMESPACE
from meshx.istio.ports import (
    ENVOY_METRICS_PORT,
    ISTIOD_TLS_PORT,
    MERGED_METRICS_PORT,
    READINESS_PORT,
    SSH_PORT,
)
from meshx.istio.uncaptured import mesh_ranges
from meshx.join.facts import ControlPlaneFacts, MachineFacts, WorkloadFacts
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.hosts import discovery_address, is_named_revision, istiod_host
from meshx.join.mesh_defaults import OUTBOUND_PORTS, OUTBOUND_RANGES
from meshx.join.metadata import proxy_metadata

ALWAYS_EXCLUDED_PORTS = (SSH_PORT, ENVOY_METRICS_PORT, READINESS_PORT)
"""Never captured, even where all inbound traffic is."""
EVERY_DESTINATION = "*"
EVERY_DESTINATION_WITH_LOOPBACK = f"0.0.0.0/0,{RANGE},::/0"
"""Traffic over ``lo`` is captured only if the value names a range of loopback addresses; ``*`` must stand alone
(tools/istio-iptables/pkg/capture/run.go, HasLoopBackIP; tools/common/config/config.go, SeparateV4V6). Even then
127.0.0.1 is not captured."""


def render_cluster_env(
    facts: ControlPlaneFacts,
    workload: WorkloadFacts,
    machine: MachineFacts,
    gateway: GatewayEndpoint = AT_AN_ADDRESS,
) -> str:
    """Return the text of cluster.env."""
    uncaptured = machine.uncaptured
    variables = {
        **proxy_metadata(facts, workload, machine),
        "ISTIO_INBOUND_PORTS": listed(sorted({port.number for port in workload.ports})),
        "ISTIO_LOCAL_EXCLUDE_PORTS": listed([*excluded_ports(facts), *uncaptured.inbound_ports]),
        "ISTIO_NAMESPACE": workload.namespace,
        "ISTIO_SERVICE": f"{workload.name}.{workload.namespace}",
        "ISTIO_SERVICE_CIDR": captured_destinations(machine),
        "SERVICE_ACCOUNT": workload.service_account,
    }
    if machine.name:
        variables["POD_NAME"] = machine.name
    if machine.certificate_seconds is not None:
        # A Go duration (pilot/cmd/pilot-agent/options/options.go).
        variables["SECRET_TTL"] = f"{machine.certificate_seconds}s"
    for name, own in ((OUTBOUND_PORTS, uncaptured.outbound_ports), (OUTBOUND_RANGES, uncaptured.outbound_ranges)):
        if own:
            # The mesh's own defaults may say it for all of its proxies.
            variables[name] = listed([*filter(None, variables.get(name, "").split(",")), *own])
    if machine.both_families:
        variables[DUAL_STACK] = "true"
    if is_ip_address(machine.address):
        variables["ISTIO_SVC_IP"] = machine.address
    variables.update(_control_plane(facts, gateway))
    return "".join(f"{name}={quoted(value)}\n" for name, value in sorted(variables.items()))


def _control_plane(facts: ControlPlaneFacts, gateway: GatewayEndpoint) -> dict[str, str]:
    """What leads the agent to its control plane, where the start script's own choice does not.

    At a host name the agent is to find istiod's own name in the certificate (pilot/cmd/pilot-agent/options/options.go,
    ISTIOD_SAN). It asks for that at istiod as certificate authority only where CA_ADDR is empty (security.go,
    SetupSecurityOptions), and istio-start.sh fills CA_ADDR in whatever happens: so it starts the agent by way of a
    program that takes it out again (meshx/scripts/agent/pilot-agent.sh). Another authority stands in CA_ADDR, and the
    agent looks for its name as that says, whatever ISTIOD_SAN is: there the program must not run.
    """
    istiod = {"ISTIOD_SAN": istiod_host(facts)} if gateway.is_name else {}
    if facts.authority is not None:
        return {**istiod, **authority_variables(facts.authority, gateway)}
    if gateway.is_name:
        return {**istiod, "ISTIO_BIN_BASE": AGENT_FOLDER}
    # istio-start.sh only knows the unnamed istiod in istio-system, on its own port.
    told = is_named_revision(facts.revision) or facts.system_namespace != SYSTEM_NAMESPACE
    return {"CA_ADDR": discovery_address(facts, gateway)} if told or gateway.control_plane != ISTIOD_TLS_PORT else {}


def authority_variables(authority: CertificateAuthority, gateway: GatewayEndpoint) -> dict[str, str]:
    """Return by what the agent asks a CA other than istiod (pilot/cmd/pilot-agent/options/options.go).

    Without CA_ROOT_CA it checks the CA's certificate by the root beside its own (pkg/istio-agent/agent.go,
    FindRootCAForCA), and always for the host in CA_ADDR: istio-start.sh sets that in any case (options/security.go).
    """
    port = gateway.control_plane if authority.through_gateway else authority.port
    variables = {"CA_ADDR": f"{authority.host}:{port}"}
    if authority.root:
        variables["CA_ROOT_CA"] = SYSTEM_IN_AGENT if authority.root == SYSTEM_ROOTS else AUTHORITY_ROOT
    return variables


def captured_destinations(machine: MachineFacts) -> str:
    """Return the ranges whose traffic the proxy captures: all or those alone that are to be, and loopback ones if a
    name needs it."""
    loopback = any(ip_address(address).is_loopback for address in (*machine.names.values(), *machine.looked_up))
    if only := machine.uncaptured.only_ranges:
        return listed([*mesh_ranges(machine.services), *only, *([RANGE] if loopback else [])])
    return EVERY_DESTINATION_WITH_LOOPBACK if loopback else EVERY_DESTINATION


def listed(values: Iterable[object]) -> str:
    """Return values as istio-iptables reads them, with commas between; each once."""
    return ",".join(dict.fromkeys(map(str, values)))


def excluded_ports(facts: ControlPlaneFacts) -> list[int]:
    """Return the inbound ports that are not captured if all others are."""
    status_port = int(str(facts.proxy_defaults.get("statusPort") or MERGED_METRICS_PORT))
    return list(dict.fromkeys([*ALWAYS_EXCLUDED_PORTS, status_port]))


def is_ip_address(address: str) -> bool:
    """Tell whether this is an IP address; istio-start.sh accepts no names."""
    try:
        ip_address(address)
    except ValueError:
        return False
    return True


def quoted(value: str) -> str:
    """Return the value in single quotes for the shell, always, as istioctl does (shlex.quote leaves plain words)."""
    return "'" + value.replace("'", "'\"'\"'") + "'"
