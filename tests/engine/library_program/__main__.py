"""Two meshes whose machines, and for one the cluster, come from a resource that a first preview does not know."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from meshx import Mesh, begin_registrations

KUBECONFIG = Path("kubeconfig").read_text(encoding="utf-8")
settings = pulumi.Config("test")

others = kubernetes.Provider("others", kubeconfig=KUBECONFIG, context="answering")
known = settings.get_bool("known")
if not known:
    # No preview knows the id of what it makes.
    made = kubernetes.core.v1.Namespace("made", metadata={"name": "made"}, opts=pulumi.ResourceOptions(provider=others))


def later(value: str) -> pulumi.Output[str]:
    """A value of another resource's, or one that is known at once."""
    return pulumi.Output.from_input(value) if known else made.id.apply(lambda _: value)


def arguments(number: int) -> dict:
    """One of two alike; the second adopts its control plane in a cluster that nothing is known of."""
    machine = {"name": "vm-1", "address": later(settings.require("address")), "ssh": {"host_key_file": "id.pub"}}
    workload = {"name": "ledger", "namespace": "shop", "ports": [{"name": "http", "port": 80}], "machines": [machine]}
    common = {
        "sidecar": {"file": "istio-sidecar.deb"},
        "ssh": {"private_key_file": "id"},
        "labels": {"version": later("7")},
        "workloads": [workload],
    }
    if number == 1:
        cluster = {"context": "answering", "kubeconfig_file": "kubeconfig"}
        return {**common, "cluster": cluster, "mesh": {"istio_version": "1.31", "chart": {"path": "charts"}}}
    adopted = {"istio_version": "1.31", "install": {"control_plane": False, "gateway": False}}
    return {**common, "cluster": {"context": "answering"}, "kubeconfig": later(KUBECONFIG), "mesh": adopted}


for number, name in enumerate(("east", "west"), start=1):
    if number <= settings.require_int("meshes"):
        Mesh(name, arguments(number))
begin_registrations()
