"""A GKE cluster, three instances and a mesh over both, in one program."""

import json

import pulumi
import pulumi_gcp as gcp

from meshx import Mesh, begin_registrations

PACKAGE = "https://blob.istio.io/istio-release/releases/1.31.0/deb/istio-sidecar.deb"

settings = pulumi.Config()
project = settings.require("project")

cluster = gcp.container.Cluster(
    "mesh", location="europe-west1", initial_node_count=1, deletion_protection=False, project=project
)
CONTEXT = "mesh"


def kubeconfig_of(values: dict) -> str:
    """A kubeconfig as `gcloud container clusters get-credentials` writes it; JSON is YAML, too."""
    server = {
        "server": f"https://{values['endpoint']}",
        "certificate-authority-data": values["authority"],
    }
    login = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "provideClusterInfo": True,
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": server}],
            "users": [{"name": CONTEXT, "user": {"exec": login}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        }
    )


kubeconfig = pulumi.Output.all(endpoint=cluster.endpoint, authority=cluster.master_auth.cluster_ca_certificate).apply(
    kubeconfig_of
)

instances = [
    gcp.compute.Instance(
        f"ledger-{number}",
        name=f"ledger-{number}",
        zone="europe-west1-b",
        machine_type="e2-small",
        boot_disk={"initialize_params": {"image": "debian-cloud/debian-12"}},
        network_interfaces=[{"subnetwork": "default"}],
        metadata={"ssh-keys": settings.require("loginKeys")},
        project=project,
    )
    for number in (1, 2, 3)
]

mesh = Mesh(
    "shop",
    {
        "cluster": {"context": CONTEXT},
        "kubeconfig": kubeconfig,
        "mesh": {"istio_version": "1.31.0", "network": "network1"},
        "sidecar": {"url": PACKAGE, "sha256": settings.require("packageSum")},
        # The first connection to a new instance: nobody knows its host key yet.
        "ssh": {"user": "admin", "accept_unknown_host_key": True},
        "ssh_private_key": settings.require_secret("loginKey"),
        "workloads": [
            {
                "name": "ledger",
                "namespace": "shop",
                "ports": [{"name": "http", "port": 8080}],
                "machines": [
                    {
                        "name": f"ledger-{number}",
                        "address": instance.network_interfaces[0].network_ip,
                        "labels": {"instance": instance.instance_id},
                    }
                    for number, instance in enumerate(instances, start=1)
                ],
            }
        ],
    },
)
pulumi.export("gatewayAddress", mesh.gateway_address)
pulumi.export("services", mesh.services)
begin_registrations()
