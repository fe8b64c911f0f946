"""Machines that another stack makes: their addresses and host keys are its outputs."""

import pulumi

from meshx import Mesh, begin_registrations

machines = pulumi.StackReference(pulumi.Config().require("machines"))
NAMES = ("vm-1", "vm-2")
"""Names decide what is made, so they are written here."""


def of_machine(name: str) -> dict:
    """A machine by the outputs `<name>-address` and `<name>-hostKey`."""
    return {
        "name": name,
        "address": machines.require_output(f"{name}-address"),
        "ssh": {"host_key": machines.require_output(f"{name}-hostKey")},
    }


mesh = Mesh(
    "shop",
    {
        "cluster": {"context": "gke_acme_europe-west1_shop"},
        "mesh": {"istio_version": "1.31", "network": "network1"},
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"private_key_file": "id"},
        "workloads": [
            {
                "name": "ledger",
                "namespace": "shop",
                "ports": [{"name": "http", "port": 8080}],
                "machines": [of_machine(name) for name in NAMES],
            }
        ],
    },
)
pulumi.export("machines", mesh.machines)
begin_registrations()
