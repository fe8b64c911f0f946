"""A mesh of Istio 1.4, installed with its old charts, on machines that another program may make."""

import pulumi

from meshx import Mesh, begin_registrations

mesh = Mesh(
    "old",
    {
        "cluster": {"context": "old-cluster", "services_cidr": "172.21.0.0/16"},
        "mesh": {"istio_version": "1.4.10", "chart": {"path": "istio-1.4.10/install/kubernetes/helm"}},
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"private_key_file": "id"},
        "workloads": [
            {
                "name": "ledger",
                "namespace": "shop",
                "ports": [{"name": "http", "port": 8080}],
                "machines": [
                    {
                        "name": "vm-1",
                        "address": pulumi.Config().require("address"),
                        "ssh": {"host_key_file": "id.pub"},
                    }
                ],
            }
        ],
    },
)
pulumi.export("services", mesh.services)
begin_registrations()
