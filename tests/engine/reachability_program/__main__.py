"""The reachability table of a few names: pods call each of `names`, and end nowhere at each of `missing`."""

import pulumi

from meshx.components.resources.reachability_table import ReachabilityTable
from meshx.networks.obstacles import Obstacle
from meshx.networks.routes import Route, Tls
from meshx.reachability.callers import PODS, Caller
from meshx.reachability.connections import Connection, Leg
from meshx.reachability.destinations import Callers, Destination, Endpoint, NameSource
from meshx.reachability.places import Place
from meshx.stack.meshx_provider import MachinesProvider

config = pulumi.Config("reach")
missing = (config.get("missing") or "").split()


def connection(host: str) -> Connection:
    """What becomes of calls of a name."""
    caller = Caller(PODS, Place("network1"))
    end = Endpoint("vm-1", "network1", mutual_tls=True, identities=("spiffe://cluster.local/ns/vm/sa/vmhttp",))
    destination = Destination(host, 80, NameSource.SERVICE, Callers.ALL, (end,))
    if host in missing:
        return Connection(caller, destination, "", obstacle=Obstacle("pods", f"{host} is gone", "another name"))
    return Connection(caller, destination, "its clusterIP", True, "0.0.0.0:80", (Leg(end, Route.DIRECT, Tls.MUTUAL),))


provider = MachinesProvider(
    "machines", {"kubeconfigFile": None, "context": None, "sshPrivateKeyFile": None, "sshPrivateKey": None}
)
ReachabilityTable(
    "reachability",
    {"connections": [connection(host) for host in config.require("names").split()]},
    pulumi.ResourceOptions(provider=provider),
)
