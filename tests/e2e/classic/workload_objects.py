"""The workload of the stack with both machines, and what the cluster has of it."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

from kubernetes import client

from sandbox.kubernetes import cluster
from tests.e2e.stack.mesh_project import MeshProject

NEAR, FAR = "vm-1", "vm-2"
NAMESPACE = "vm"
VMHTTP = f"vmhttp.{NAMESPACE}"
"""The service of the workload, by the name that proxies have of it."""


def workload(*, far: bool) -> dict[str, Any]:
    """The dev stack's workload, which serves, with or without its machine on another network."""
    places = {NEAR: ("network1", "10.77.0.11")} | ({FAR: ("network2", "10.79.0.12")} if far else {})
    return {
        "name": "vmhttp",
        "namespace": NAMESPACE,
        "labels": {"version": "v1"},
        "ports": [{"name": "http", "port": 8080}],
        "commands": {"up": "systemctl enable --now echo-http", "down": "systemctl disable --now echo-http"},
        "machines": [
            {
                "name": name,
                "network": network,
                "address": address,
                "ssh": {"hostKeyFile": f".sandbox/machines/{name}/ssh_host_ed25519_key.pub"},
            }
            for name, (network, address) in places.items()
        ],
    }


def listed(kind: str) -> list[str]:
    """The names of a namespace's `service` or `endpoints` objects."""
    core = client.CoreV1Api(cluster.api())
    return [str(one.metadata.name) for one in getattr(core, f"list_namespaced_{kind}")(NAMESPACE).items]


def entry_addresses() -> dict[str, list[str]]:
    """The hosts of the ServiceEntries that have addresses, with these."""
    found: Any = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1alpha3", NAMESPACE, "serviceentries"
    )
    specs = [entry["spec"] for entry in found["items"]]
    return {spec["hosts"][0]: spec["addresses"] for spec in specs if "addresses" in spec}


def entries() -> dict[str, list[str]]:
    """The hosts of the ServiceEntries, each with its endpoints."""
    found: Any = client.CustomObjectsApi(cluster.api()).list_namespaced_custom_object(
        "networking.istio.io", "v1alpha3", NAMESPACE, "serviceentries"
    )
    return {
        entry["spec"]["hosts"][0]: [one["address"] for one in entry["spec"]["endpoints"]] for entry in found["items"]
    }


@contextlib.contextmanager
def without_entry(name: str) -> Iterator[None]:
    """A namespace whose ServiceEntry of that name is gone, until the block ends."""
    api = client.CustomObjectsApi(cluster.api())
    kind = ("networking.istio.io", "v1alpha3", NAMESPACE, "serviceentries")
    kept: Any = api.get_namespaced_custom_object(*kind, name)
    api.delete_namespaced_custom_object(*kind, name)
    yield
    kept["metadata"].pop("resourceVersion")
    api.create_namespaced_custom_object(*kind, kept)


def have_endpoints_of_before(project: MeshProject) -> None:
    """Put into state and cluster what stacks had until workloads' Services lost their Endpoints."""
    state: dict[str, Any] = json.loads(project.expect("stack", "export").text)
    resources: list[dict[str, Any]] = state["deployment"]["resources"]
    (service,) = [one for one in resources if one["urn"].endswith("$kubernetes:core/v1:Service::vm/vmhttp")]
    subsets = [
        {
            "addresses": [{"ip": "10.77.0.11"}, {"ip": "10.79.0.12"}],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        }
    ]
    metadata = {key: service["inputs"]["metadata"][key] for key in ("name", "namespace", "labels")}
    client.CoreV1Api(cluster.api()).create_namespaced_endpoints(NAMESPACE, {"metadata": metadata, "subsets": subsets})
    made = copy.deepcopy(service)
    content = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets}
    made |= {
        "urn": service["urn"].replace("core/v1:Service::", "core/v1:Endpoints::"),
        "type": "kubernetes:core/v1:Endpoints",
        "inputs": content,
        "outputs": content,
        "dependencies": [*service.get("dependencies", []), service["urn"]],
        "propertyDependencies": {},
    }
    resources.insert(resources.index(service) + 1, made)
    file = project.folder / "state-of-before.json"
    file.write_text(json.dumps(state))
    project.expect("stack", "import", "--file", str(file))
