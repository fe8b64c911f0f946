"""A domain of the cluster's DNS forwarded to a server: looked up before, meanwhile and afterwards."""

from __future__ import annotations

import time
from typing import Any

from kubernetes import client

from sandbox import traffic
from sandbox.kubernetes import cluster, pods
from tests.e2e.networks.name_server import ANSWER, asked, name_server
from tests.e2e.stack.mesh_project import MeshProject

NAME = "anything.anywhere.global"
CLUSTER_DNS = "10.96.0.10"
THEIRS = "example.test:53 {\n    errors\n}\n"
SPREAD_SECONDS = 60.0


def core() -> client.CoreV1Api:
    return client.CoreV1Api(cluster.api())


def corefile() -> str:
    return str(core().read_namespaced_config_map("coredns", "kube-system").data["Corefile"])


def looked_up() -> str:
    """The address that the cluster's DNS gives for the name; empty for none."""
    return asked(NAME, CLUSTER_DNS)


def why_a_pod_cannot_call() -> str:
    """What a pod's call by the name ends with, past its sidecar: nobody answers at that address anyway."""
    return traffic.from_pod("sleep", f"http://{NAME}:8000/")[0].error


def settles_at(wanted: str) -> float:
    """How long it takes until the cluster's DNS gives the wanted address, in seconds."""
    begun = time.monotonic()
    while looked_up() != wanted:
        assert time.monotonic() - begun < SPREAD_SECONDS, f"it gives {looked_up() or 'no address'}"
        _have_kubelet_look()
        time.sleep(1)
    return time.monotonic() - begun


def _have_kubelet_look() -> None:
    """The kubelet brings a ConfigMap to a pod within a minute, or as soon as something of the pod changes."""
    for pod in pods.list_pods("kube-system", "k8s-app=kube-dns"):
        note = {"metadata": {"annotations": {"meshx/looked-at": str(time.time())}}}
        core().patch_namespaced_pod(pod.metadata.name, "kube-system", note)


def forward(project: MeshProject, *servers: str, **keys: Any) -> dict[str, int]:
    """Apply the stack with these servers, or without any; returns what the engine changed."""

    def change(config: dict[str, Any]) -> None:
        config.pop("dns", None)
        if servers:
            config["dns"] = {"servers": list(servers), **keys}

    project.configure(change)
    changes = project.expect("up", "--yes", "--skip-preview").changes()
    return {kind: count for kind, count in changes.items() if kind != "unchanged"}


def test_names_of_the_domain_are_asked_of_the_server_while_the_stack_says_so(project: MeshProject) -> None:
    before = corefile()
    assert looked_up() == ""
    assert "lookup" in why_a_pod_cannot_call()
    with name_server() as server:
        assert forward(project, server) == {"created": 1}
        print(f"the cluster's DNS asks the server after {settles_at(ANSWER):.1f} s")
        assert "lookup" not in why_a_pod_cannot_call()
        assert corefile().startswith(before)
        core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": corefile() + THEIRS}})
        again = project.expect("up", "--yes", "--refresh", "--skip-preview", "--expect-no-changes")
        assert again.code == 0
        assert forward(project) == {"deleted": 1}
        print(f"the cluster's DNS asks it no longer after {settles_at(''):.1f} s")
    assert corefile() == before + THEIRS
    core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": before}})


def test_kube_dns_gets_its_stub_domain_in_a_config_map_that_goes_again(project: MeshProject) -> None:
    assert forward(project, "10.0.0.53", kind="kube-dns") == {"created": 1}
    there = core().read_namespaced_config_map("kube-dns", "kube-system")
    assert there.data == {"stubDomains": '{"global": ["10.0.0.53"]}'}
    assert forward(project) == {"deleted": 1}
    names = {one.metadata.name for one in core().list_namespaced_config_map("kube-system").items}
    assert "kube-dns" not in names
