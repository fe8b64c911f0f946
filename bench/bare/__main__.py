"""A bare program for comparison: for each machine a component and what a machine has in the state, without a thought.

The two entries are as meshx makes them. A ConfigMap stands for the Join: it has as many values in the state, and as
large ones.
"""

import os

import pulumi
import pulumi_kubernetes as kubernetes

LARGE = {"root-cert.pem": "-" * 1100, "cluster.env": "-" * 1000, "mesh.yaml": "-" * 1000}
SMALL = {f"setting-{number}": "value" for number in range(14)}
provider = kubernetes.Provider("cluster", context="meshx-sandbox")


class Group(pulumi.ComponentResource):
    """The three objects of one number."""

    def __init__(self, name: str) -> None:
        super().__init__("bare:index:Group", name, None, pulumi.ResourceOptions(providers=[provider]))
        opts = pulumi.ResourceOptions(parent=self)
        metadata = {"name": name, "namespace": "default", "labels": {"app": "bare"}}
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="networking.istio.io/v1",
            kind="WorkloadEntry",
            metadata={**metadata, "annotations": {"note": "bare"}},
            spec={
                "address": "10.99.0.1",
                "labels": {"app": "bare", "name": name, "version": "v1"},
                "serviceAccount": "default",
                "ports": {"http": 8080},
                "network": "network1",
            },
            opts=opts,
        )
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="networking.istio.io/v1",
            kind="ServiceEntry",
            metadata=metadata,
            spec={
                "hosts": [f"{name}.default.svc.cluster.local"],
                "location": "MESH_INTERNAL",
                "resolution": "STATIC",
                "ports": [{"name": "http", "number": 8080, "targetPort": 8080, "protocol": "HTTP"}],
                "workloadSelector": {"labels": {"app": "bare", "name": name}},
            },
            opts=opts,
        )
        kubernetes.core.v1.ConfigMap(name, metadata=metadata, data={**LARGE, **SMALL, "name": name}, opts=opts)
        self.register_outputs({})


for number in range(int(os.environ["BARE_GROUPS"])):
    Group(f"m-{number:04}")
