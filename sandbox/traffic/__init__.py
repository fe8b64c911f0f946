"""Services in the cluster, and calls between them and the machines: `from_machine`, `from_pod`."""

from sandbox.traffic.calls import Answer, from_machine, from_pod

__all__ = ["Answer", "from_machine", "from_pod"]
