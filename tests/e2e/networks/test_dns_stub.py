"""A domain of the cluster's DNS forwarded to a server: looked up in a pod before, meanwhile and afterwards."""

from __future__ import annotations

import time
from typing import Any

from kubernetes import client

from sandbox import cluster, pods
from tests.e2e.networks.name_server import ANSWER, name_server
from tests.e2e.stack.mesh_project import MeshProject

NAME = "anything.anywhere.global"
THEIRS = "example.test:53 {\n    errors\n}\n"
SPREAD_SECONDS = 60.0


def core() -> client.CoreV1Api:
    return client.CoreV1Api(cluster.api())


def corefile() -> str:
    return str(core().read_namespaced_config_map("coredns", "kube-system").data["Corefile"])


def looked_up() -> str:
    """The address that a pod gets for the name; empty for none."""
    (pod,) = pods.list_pods("bar", "app=sleep")
    words = ["getent", "ahostsv4", NAME]
    done = pods.execute("bar", pod.metadata.name, words, container="sleep")
    return done.stdout.split()[0] if done.stdout else ""


def settles_at(wanted: str) -> float:
    """How long it takes until pods get the wanted address, in seconds."""
    begun = time.monotonic()
    while looked_up() != wanted:
        assert time.monotonic() - begun < SPREAD_SECONDS, f"pods get {looked_up() or 'no address'}"
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
    with name_server() as server:
        assert forward(project, server) == {"created": 1}
        print(f"pods ask the server after {settles_at(ANSWER):.1f} s")
        assert corefile().startswith(before)
        core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": corefile() + THEIRS}})
        again = project.expect("up", "--yes", "--refresh", "--skip-preview", "--expect-no-changes")
        assert again.code == 0
        assert forward(project) == {"deleted": 1}
        print(f"pods ask it no longer after {settles_at(''):.1f} s")
    assert corefile() == before + THEIRS
    core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": before}})


def test_a_server_that_others_put_in_is_shown_and_put_right(project: MeshProject) -> None:
    before = corefile()
    forward(project, "10.0.0.53")
    altered = corefile().replace("10.0.0.53", "10.0.0.99")
    core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": altered}})
    shown = project.expect("preview", "--refresh", "--diff").text
    assert "10.0.0.99" in shown
    repaired = project.expect("up", "--yes", "--refresh", "--skip-preview")
    assert repaired.changes()["updated"] == 1
    assert corefile() == altered.replace("10.0.0.99", "10.0.0.53")
    forward(project)
    assert corefile() == before


def test_a_corefile_that_cannot_be_read_is_refused_by_the_preview(project: MeshProject) -> None:
    before = corefile()
    broken = f"{before}global {{\n    errors\n}}\n"
    core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": broken}})
    file = project.folder / "Pulumi.dev.yaml"
    kept = file.read_text()
    try:
        project.configure(lambda config: config.update(dns={"servers": ["10.0.0.53"]}))
        said = project.pulumi("preview")
        assert corefile() == broken
    finally:
        file.write_text(kept)
        core().patch_namespaced_config_map("coredns", "kube-system", {"data": {"Corefile": before}})
    assert said.code != 0
    assert "another server block serves global" in said.text
    assert "leave meshx:dns out" in said.text


def test_kube_dns_gets_its_stub_domain_in_a_config_map_that_goes_again(project: MeshProject) -> None:
    assert forward(project, "10.0.0.53", kind="kube-dns") == {"created": 1}
    there = core().read_namespaced_config_map("kube-dns", "kube-system")
    assert there.data == {"stubDomains": '{"global": ["10.0.0.53"]}'}
    assert forward(project) == {"deleted": 1}
    names = {one.metadata.name for one in core().list_namespaced_config_map("kube-system").items}
    assert "kube-dns" not in names
