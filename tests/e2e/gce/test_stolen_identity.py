"""Who has taken over one instance has its workload's identity and gets no other's, from Kubernetes or from istiod.

The tests of this file follow one stack. Beside its workload `vm/vmhttp` there are two of somebody else's: `vm/other` in
its own namespace and `bar/other` in another, each with a service account and a WorkloadGroup; and `other-1`, a declared
WorkloadEntry of `vm/other`. All is tried with what lies on the instance, against the real istiod.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from kubernetes import client

from sandbox import machines
from sandbox.kubernetes import cluster
from tests.e2e.gce.istiod_ca import Answered, Shown, ask
from tests.e2e.gce.one_instance import (
    CERTIFICATE,
    KEY,
    NAME,
    OF_INSTANCE,
    TOKEN,
    access_token,
    bring_up,
    calls_succeed,
    on_instance,
    soon,
    token_answer,
)
from tests.e2e.gce.package_mirror import Mirror
from tests.e2e.gce.service_account_tokens import ended, for_another
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("sandbox")

OTHER, ENTRY = "other", "other-1"
NAMESPACES = ("vm", "bar")
OF_OTHERS = tuple(f"spiffe://cluster.local/ns/{namespace}/sa/{OTHER}" for namespace in NAMESPACES)
ROOT = "/etc/certs/root-cert.pem"
ENVIRONMENT, MESH = "/var/lib/meshx/sidecar/cluster.env", "/etc/istio/config/mesh"
LOG = "/var/log/istio/istio.log"
ISTIO = ("networking.istio.io", "v1")


@pytest.fixture(scope="module")
def stack(project: MeshProject, mirror: Mirror) -> MeshProject:
    """The instance, in the mesh."""
    bring_up(project, mirror)
    return project


@pytest.fixture(scope="module")
def gateway(stack: MeshProject) -> str:
    """The address of the mesh's gateway."""
    return str(stack.outputs()["controlPlane"]["gatewayAddress"])


@pytest.fixture(scope="module")
def others(stack: MeshProject) -> Iterator[None]:
    """Somebody else's workloads."""
    core, custom = client.CoreV1Api(cluster.api()), client.CustomObjectsApi(cluster.api())
    template = {"serviceAccount": OTHER}
    for namespace in NAMESPACES:
        core.create_namespaced_service_account(namespace, {"metadata": {"name": OTHER}})
        spec = {"metadata": {"labels": {"app": OTHER}}, "template": template}
        group = {"apiVersion": "/".join(ISTIO), "kind": "WorkloadGroup", "metadata": {"name": OTHER}, "spec": spec}
        custom.create_namespaced_custom_object(*ISTIO, namespace, "workloadgroups", group)
    about = {"name": ENTRY, "annotations": {"proxy.istio.io/health-checks-enabled": "true"}}
    spec = {"address": "10.77.0.99", "labels": {"app": OTHER}, **template}
    entry = {"apiVersion": "/".join(ISTIO), "kind": "WorkloadEntry", "metadata": about, "spec": spec}
    custom.create_namespaced_custom_object(*ISTIO, "vm", "workloadentries", entry)
    yield
    custom.delete_namespaced_custom_object(*ISTIO, "vm", "workloadentries", ENTRY)
    for namespace in NAMESPACES:
        custom.delete_namespaced_custom_object(*ISTIO, namespace, "workloadgroups", OTHER)
        core.delete_namespaced_service_account(OTHER, namespace)


def entries() -> dict[str, Any]:
    """All workload entries by namespace and name: their annotations and what istiod says of them."""
    found = client.CustomObjectsApi(cluster.api()).list_cluster_custom_object(*ISTIO, "workloadentries")["items"]
    return {
        f"{one['metadata']['namespace']}/{one['metadata']['name']}": (
            one["metadata"].get("annotations", {}),
            one.get("status", {}),
        )
        for one in found
    }


def answered(gateway: str, wanted: str, shown: Shown, on_behalf_of: str = "") -> Answered:
    return ask(gateway, on_instance("cat", ROOT), wanted, shown, on_behalf_of)


@contextmanager
def claiming(**claims: str) -> Iterator[None]:
    """The instance's proxy says other things of itself than are so, until the block ends; "" takes one away."""
    before = {file: on_instance("cat", file) for file in (ENVIRONMENT, MESH)}
    mesh = yaml.safe_load(before[MESH])
    metadata = {**mesh["defaultConfig"]["proxyMetadata"], **claims}
    mesh["defaultConfig"]["proxyMetadata"] = {name: value for name, value in metadata.items() if value}
    environment = "".join(f"{name}='{value}'\n" for name, value in claims.items())
    kept = [line for line in before[ENVIRONMENT].splitlines(keepends=True) if line.partition("=")[0] not in claims]
    write({ENVIRONMENT: "".join(kept) + environment, MESH: yaml.safe_dump(mesh)})
    try:
        yield
    finally:
        write(before)
        calls_succeed()


def write(files: dict[str, str]) -> None:
    """Put the files there and have the sidecar read them, with its log begun anew."""
    on_instance("systemctl", "stop", "istio")
    for file, text in files.items():
        on_instance("sh", "-c", f"cat >{file}", text=text)
    on_instance("sh", "-c", f": >{LOG}; systemctl start istio")


def refused(text: str) -> None:
    """Wait until istiod has refused the proxy in these words."""
    # The sidecar's packet rules may end a session that is under way as they come.
    soon(f"istiod says {text}", lambda: text in machines.execute(NAME, ["cat", LOG]).stdout)


def test_kubernetes_gives_the_instances_identity_no_other_accounts_token(stack: MeshProject, others: None) -> None:
    assert token_answer("vm", "vmhttp")[0] == "201"
    for namespace in NAMESPACES:
        assert token_answer(namespace, OTHER) == ("403", "")


def test_kubernetes_gives_the_instances_identity_no_token_for_another_audience(stack: MeshProject) -> None:
    assert token_answer("vm", "vmhttp", "somewhere-else") == ("422", "")


def test_istiod_certifies_who_the_token_is_of_whatever_is_asked_for(
    stack: MeshProject, gateway: str, others: None
) -> None:
    shown = Shown(token=on_instance("cat", TOKEN).strip())
    for wanted in (OF_INSTANCE, *OF_OTHERS):
        assert answered(gateway, wanted, shown) == Answered("OK", (OF_INSTANCE,)), wanted


def test_istiod_certifies_who_the_certificate_is_of_whatever_is_asked_for(
    stack: MeshProject, gateway: str, others: None
) -> None:
    shown = Shown(key=on_instance("cat", KEY), chain=on_instance("cat", CERTIFICATE))
    for wanted in (OF_INSTANCE, *OF_OTHERS):
        assert answered(gateway, wanted, shown) == Answered("OK", (OF_INSTANCE,)), wanted


@pytest.mark.parametrize("kind", ["none", "altered", "ended", "of Google"])
def test_istiod_refuses_a_token_that_is_not_good(stack: MeshProject, gateway: str, others: None, kind: str) -> None:
    good = on_instance("cat", TOKEN).strip()
    tokens = {
        "none": lambda: "",
        "altered": lambda: for_another(good, "vm", OTHER),
        "ended": lambda: ended(good),
        "of Google": access_token,
    }
    token = tokens[kind]()
    assert bool(token) == (kind != "none")
    said = answered(gateway, OF_OTHERS[0], Shown(token=token))
    print(f"a token {kind}: {said}")
    assert (said.status, said.identities) == ("UNAUTHENTICATED", ())


def test_istiod_lets_the_instance_ask_for_nobody_else(stack: MeshProject, gateway: str, others: None) -> None:
    shown = Shown(token=on_instance("cat", TOKEN).strip())
    for other in OF_OTHERS:
        said = answered(gateway, other, shown, on_behalf_of=other)
        print(f"on behalf of {other}: {said}")
        assert (said.status, said.identities) == ("UNAUTHENTICATED", ())


@pytest.mark.parametrize(("namespace", "account"), [("vm", OTHER), ("bar", "vmhttp"), ("bar", OTHER)])
def test_istiod_serves_no_proxy_that_says_it_is_another_workload(
    stack: MeshProject, others: None, namespace: str, account: str
) -> None:
    before = entries().keys()
    group = {"ISTIO_META_AUTO_REGISTER_GROUP": OTHER, "ISTIO_META_WORKLOAD_ENTRY": ""}
    with claiming(POD_NAMESPACE=namespace, ISTIO_NAMESPACE=namespace, SERVICE_ACCOUNT=account, **group):
        refused("PermissionDenied")
        assert f"no identities ([{OF_INSTANCE}]) matched {namespace}/{account}" in on_instance("cat", LOG)
        assert entries().keys() == before


def test_istiod_registers_the_instance_with_no_other_workloads_group(stack: MeshProject, others: None) -> None:
    before = entries().keys()
    with claiming(ISTIO_META_AUTO_REGISTER_GROUP=OTHER, ISTIO_META_WORKLOAD_ENTRY=""):
        refused('registration of WorkloadEntry service account mismatch: "vmhttp" vs "other"')
        assert entries().keys() == before


def test_istiod_lets_the_instance_say_nothing_of_another_workloads_entry(stack: MeshProject, others: None) -> None:
    before = entries()[f"vm/{ENTRY}"]
    with claiming(ISTIO_META_WORKLOAD_ENTRY=ENTRY):
        refused('registration of WorkloadEntry service account mismatch: "vmhttp" vs "other"')
        assert entries()[f"vm/{ENTRY}"] == before
