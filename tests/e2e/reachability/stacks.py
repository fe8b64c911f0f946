"""The stacks whose every row is tried: changes of the dev stack's configuration, one upon the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes import client

from sandbox import machines
from sandbox.gce.catalogue import PROJECT, REGION, ZONES
from sandbox.kubernetes import cluster, pods
from sandbox.network.addresses import CLUSTER_NETWORK, FAR_NETWORK, PODS
from sandbox.traffic import services
from tests.e2e.gce.package_mirror import mirror

Configuration = dict[str, Any]
Change = Callable[[Configuration], None]
OWN_PORT = ("http", 8000)
"""The port that httpbin's Service has."""
RAW_PORT, RAW_TARGET = 9090, 9091
"""A port of TCP, and where vm-3 listens for it."""
LEDGER_TARGET = 9092
"""Where vm-3 listens for a further Service."""
LISTENING = {"raw": RAW_TARGET, "ledger": LEDGER_TARGET}
KEPT_OUT_PORT = 9100
"""A port of vm-3 that is none of its workload's."""
PACKAGE_PORT = 8199
"""Where instances fetch the sidecar's package from the sandbox's host."""
CAPTURE = "ISTIO_META_DNS_CAPTURE"
ALLOCATE = "PILOT_ENABLE_IP_AUTOALLOCATE"


@dataclass(frozen=True)
class Stack:
    """A stack: what it is, and its change upon the one before.

    after: what else has to be done once it is up. walled: networks that a firewall keeps others from.
    """

    name: str
    change: Change
    after: Callable[[], None] = lambda: None
    walled: frozenset[str] = frozenset()


def listed(name: str) -> Configuration:
    """A machine of the sandbox, as the configuration has it."""
    machine = machines.machine(name)
    place = {"network": "network2"} if machine.network is FAR_NETWORK else {}
    key = f".sandbox/machines/{name}/ssh_host_ed25519_key.pub"
    return {"name": name, "address": str(machine.address), "ssh": {"hostKeyFile": key}, **place}


def _near_only(config: Configuration) -> None:
    config["workloads"][0].update(machines=[listed("vm-1")], drainSeconds=0)
    del config["exposed"]


def _near_and_far(config: Configuration) -> None:
    config["workloads"][0]["machines"] = [listed("vm-1"), listed("vm-2")]
    config["exposed"] = [{"service": "httpbin", "namespace": "bar", "port": 8000}]


def offer(*ports: tuple[str, int]) -> None:
    """Have httpbin's Service offer these ports, each with its name, all led to its pods' one port."""
    listed = [{"name": name, "port": port, "targetPort": 8080} for name, port in ports]
    core = client.CoreV1Api(cluster.api())
    core.patch_namespaced_service(
        "httpbin", services.NAMESPACE, [{"op": "replace", "path": "/spec/ports", "value": listed}]
    )


def _all_ports(config: Configuration) -> None:
    offer(OWN_PORT, ("tcp-raw", RAW_PORT))
    del config["exposed"][0]["port"]


def _one_port(config: Configuration) -> None:
    offer(OWN_PORT)
    config["exposed"][0]["port"] = 8000


def _strict(config: Configuration) -> None:
    config["mesh"]["mutualTls"] = "strict"


def _two_namespaces(config: Configuration) -> None:
    del config["mesh"]["mutualTls"]
    config["exposed"][0]["machines"] = ["vm-2"]
    config["workloads"].append(
        {
            "name": "orders",
            "namespace": "shop",
            "serviceAccount": "clerk",
            "drainSeconds": 0,
            "commands": config["workloads"][0]["commands"],
            "ports": [
                {"name": "http", "port": 80, "targetPort": 8080},
                {"name": "tcp-raw", "port": RAW_PORT, "targetPort": RAW_TARGET},
            ],
            "services": [
                {"name": "ledger", "ports": [{"name": "http-ledger", "port": 80, "targetPort": LEDGER_TARGET}]}
            ],
            "machines": [listed("vm-3")],
        }
    )


def _listen() -> None:
    for unit, port in LISTENING.items():
        machines.execute("vm-3", ["systemd-run", f"--unit={unit}", "echo-http", "serve", f":{port}"])


def _kept_out(config: Configuration) -> None:
    near, far = config["workloads"][0]["machines"]
    near |= {"excludeOutboundPorts": [RAW_PORT], "excludeOutboundRanges": [str(FAR_NETWORK.gateway.network)]}
    far["excludeOutboundRanges"] = [str(CLUSTER_NETWORK.gateway.network)]
    config["workloads"][1]["machines"][0]["excludeInboundPorts"] = [KEPT_OUT_PORT]


def _serve_beside_the_mesh() -> None:
    machines.execute("vm-3", ["systemd-run", "--unit=beside", "echo-http", "serve", f":{KEPT_OUT_PORT}"])


def _alone_through_the_proxy(config: Configuration) -> None:
    del config["mesh"]["mutualTls"]
    config["workloads"][0]["machines"] = [
        {**listed("vm-1"), "includeOutboundRanges": [str(PODS)]},
        {**listed("vm-2"), "includeOutboundRanges": ["10.88.0.0/16"]},
    ]


def _far_leaves(config: Configuration) -> None:
    machines.execute("vm-3", ["systemctl", "stop", "beside"])
    del config["workloads"][1]["machines"][0]["excludeInboundPorts"]
    # By itself: in one run with its coming under another workload it would join, and then leave.
    config["workloads"][0]["machines"] = [listed("vm-1")]
    del config["exposed"][0]["machines"]


def _far_calls_only(config: Configuration) -> None:
    machines.execute("vm-3", ["systemctl", "stop", *LISTENING])
    config["workloads"] = [
        {**config["workloads"][0], "machines": [listed("vm-1")]},
        {"name": "job", "namespace": "batch", "network": "network2", "machines": [listed("vm-2")]},
    ]
    config["networks"] = [{"name": "network2", "reachable": False}]


def _no_addresses(config: Configuration) -> None:
    config["mesh"]["values"]["istiod"]["env"][ALLOCATE] = "false"


def _pods_do_not_ask(config: Configuration) -> None:
    del config["mesh"]["values"]["istiod"]["env"][ALLOCATE]
    config["mesh"]["values"]["istiod"]["meshConfig"] = {"defaultConfig": {"proxyMetadata": {CAPTURE: "false"}}}


def _restart_pods() -> None:
    for pod in pods.list_pods(services.NAMESPACE):
        client.CoreV1Api(cluster.api()).delete_namespaced_pod(pod.metadata.name, services.NAMESPACE)
    services.restart_uninjected()


def _instance(name: str, address: str, **gce: str) -> Configuration:
    package = mirror(PACKAGE_PORT)
    sidecar = {"url": package.url, "sha256": package.sha256}
    return {"name": name, "address": address, "gce": {"startup": "start-echo.sh", **gce}, "sidecar": sidecar}


def _instances_beside_machines(config: Configuration) -> None:
    config["cluster"]["podsCidr"] = str(PODS)
    config["gce"] = {"project": PROJECT, "zone": ZONES[0], "region": REGION}
    config["networks"] = [
        {"name": "network1", "apiServer": "endpoint"},
        {"name": "network2", "apiServer": "gateway"},
    ]
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    near = [_instance("gce-1", "10.77.0.41"), _instance("gce-2", "10.77.0.42")]
    far = [_instance("gce-far", "10.79.0.41", subnetwork="far", vpc="far")]
    config["workloads"] = [
        {**config["workloads"][0], "machines": [listed("vm-1"), listed("vm-2")]},
        {"name": "orders", "namespace": "shop", "ports": ports, "machines": near},
        {"name": "ledger", "namespace": "books", "network": "network2", "ports": ports, "machines": far},
    ]


STACKS = (
    Stack("near machines only", _near_only),
    Stack("near and far, a service exposed to both", _near_and_far),
    Stack("all ports of that service, of HTTP and TCP", _all_ports),
    Stack("one port again, and a firewall before the far network", _one_port, walled=frozenset({"network2"})),
    Stack("the same without the firewall, and mutual TLS as the rule", _strict),
    Stack("exposed to the far one only; two namespaces, two ports, a further service", _two_namespaces, after=_listen),
    Stack("calls and a port that stay out of the mesh", _kept_out, after=_serve_beside_the_mesh),
    Stack("the same, and mutual TLS as the rule", _strict),
    Stack("ranges that alone go through the proxy", _alone_through_the_proxy),
    Stack("near machines of two workloads", _far_leaves),
    Stack("the far one only calls, its network out of reach", _far_calls_only),
    Stack("no addresses for names of single machines", _no_addresses),
    Stack("pods' proxies are not asked for names", _pods_do_not_ask, after=_restart_pods),
    Stack("instances with firewalls, beside machines without", _instances_beside_machines),
)
