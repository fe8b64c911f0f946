"""What an operation on a machine needs beside the Join's inputs."""

from __future__ import annotations

from dataclasses import dataclass

from meshx.cluster.cluster_client import Cluster
from meshx.config.values.connection_limit import MAX_CONNECTIONS
from meshx.machine.ssh.keys import PrivateKey
from meshx.plugin_base.custom_resource import Operation


@dataclass(frozen=True)
class Surroundings:
    """The key to log in with, the cluster, the engine's call, how many machines to connect to at once, and how many
    of a workload may restart at once (0: a share of those that want to). former: the cluster of the mesh that machines
    come from."""

    key: PrivateKey
    cluster: Cluster
    operation: Operation
    max_connections: int = MAX_CONNECTIONS
    max_unavailable: int = 0
    former: Cluster | None = None
