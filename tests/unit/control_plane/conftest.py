"""Machines and a cluster that answer as real ones do."""

from tests.unit.stand_ins.fixtures import api, client_key, machine, ssh_server

__all__ = ["api", "client_key", "machine", "ssh_server"]
