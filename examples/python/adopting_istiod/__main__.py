"""Machines for an istiod that somebody else installed and runs: nothing of it is changed."""

import pulumi

from meshx import ControlPlane, Workload, begin_registrations

control_plane = ControlPlane(
    "corp",
    {
        "cluster": {"context": "gke_acme_europe-west1_corp"},
        "mesh": {
            "istio_version": "1.31",
            "revision": "canary",
            "install": {"control_plane": False, "gateway": False},
        },
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"private_key_file": "id"},
    },
)
ledger = Workload(
    "ledger",
    {
        "name": "ledger",
        "namespace": "shop",
        "ports": [{"name": "http", "port": 8080}],
        "machines": [{"name": "vm-1", "address": "10.77.0.11", "ssh": {"host_key_file": "id.pub"}}],
    },
    control_plane=control_plane,
)
# What the running control plane says of itself.
pulumi.export("network", control_plane.network)
pulumi.export("trustDomain", control_plane.trust_domain)
pulumi.export("ledger", ledger.host)
begin_registrations()
