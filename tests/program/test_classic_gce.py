"""What the program registers for instances of Google Compute Engine in a mesh of Istio 1.1 to 1.4."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.program.recorded_program import GATEWAY_ADDRESS, run
from tests.program.test_classic_mesh import INSTALLED, JOIN, SERVICE, SERVICE_ENTRY
from tests.program.test_gce import BINDING, FIREWALL, INSTANCE, INSTANCE_JOIN, OF_KUBECONFIG, ROLE, script
from tests.program.test_mesh import names_before, of_type, the

CLUSTER = {**INSTALLED, "meshx:index:apiServer": OF_KUBECONFIG["meshx:index:apiServer"]}


@pytest.fixture
def instance(classic: dict[str, Any]) -> dict[str, Any]:
    """A stack whose only machine is an instance on the cluster's network."""
    del classic["ssh"]
    classic["workloads"][0]["machines"] = [{"name": "vm-1", "address": "10.77.0.13", "gce": {}}]
    return {
        **classic,
        "cluster": {**classic["cluster"], "podsCidr": "10.244.0.0/16"},
        "sidecar": {"url": "https://x.example/istio-sidecar.deb", "sha256": "ab" * 32},
        "gce": {"project": "my-project", "zone": "europe-west1-b"},
        "networks": [{"name": "network1", "apiServer": "endpoint"}],
    }


def test_its_identity_may_read_its_workloads_secret_and_nothing_else(instance: dict[str, Any], folder: Path) -> None:
    registered = run(instance, folder, CLUSTER)
    role = the(registered, ROLE).inputs
    assert role["metadata"]["namespace"] == "vm"
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["istio.vmhttp"], "verbs": ["get"]}
    ]
    assert f"{BINDING} vm/vmhttp" in names_before(registered, the(registered, INSTANCE))


def test_the_startup_script_names_the_secret_and_holds_what_the_guides_put_on_a_machine(
    instance: dict[str, Any], folder: Path
) -> None:
    text = script(run(instance, folder, CLUSTER))
    assert "IDENTITY_SECRET=istio.vmhttp\nSPIFFE_ID=spiffe://cluster.local/ns/vm/sa/vmhttp\n" in text
    assert "TOKEN_AUDIENCE=" not in text
    assert "API_SERVER=https://10.77.0.1:6443\n" in text
    assert f"{GATEWAY_ADDRESS} istio-pilot.istio-system" in text
    assert "ISTIO_SERVICE_CIDR=172.21.0.0/16" in text
    assert "istio-proxy:istio-proxy\t0600\t/etc/certs/key.pem" in text
    assert "put meshx-token.timer" not in text
    assert text.count("BEGIN CERTIFICATE-----\n") == 1
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


def test_nobody_tells_of_an_instance_so_its_callers_are_sent_once_it_is_made(
    instance: dict[str, Any], folder: Path
) -> None:
    registered = run(instance, folder, CLUSTER)
    join = the(registered, INSTANCE_JOIN)
    assert "workloadEntry" not in join.inputs
    assert join.inputs["announced"] is True
    for one in (the(registered, SERVICE), *of_type(registered, SERVICE_ENTRY)):
        assert {f"{INSTANCE_JOIN} vm/vmhttp/vm-1", f"{INSTANCE} vm/vmhttp/vm-1"} <= names_before(registered, one)
    assert not of_type(registered, JOIN)


def test_nobody_is_sent_to_an_instance_that_is_still_being_adopted(instance: dict[str, Any], folder: Path) -> None:
    instance["workloads"][0]["machines"][0]["gce"] = {"adopt": True}
    registered = run(instance, folder, CLUSTER)
    assert the(registered, INSTANCE).import_id
    assert not of_type(registered, SERVICE)
    assert not of_type(registered, SERVICE_ENTRY)


def test_an_instance_that_only_calls_is_no_matter_to_callers(instance: dict[str, Any], folder: Path) -> None:
    del instance["workloads"][0]["ports"]
    assert "announced" not in the(run(instance, folder, CLUSTER), INSTANCE_JOIN).inputs


def test_it_reaches_pilot_and_citadel_and_from_elsewhere_the_clusters_services(
    instance: dict[str, Any], folder: Path
) -> None:
    def to_gateway() -> Any:
        rules = of_type(run(instance, folder, CLUSTER), FIREWALL)
        (ports,) = [one.inputs["allows"] for one in rules if one.name.endswith("-to-gateway")]
        return ports

    assert to_gateway() == [{"protocol": "tcp", "ports": ["15011", "8060"]}]
    instance["workloads"][0]["network"] = "network2"
    instance["networks"] = [{"name": "network2", "apiServer": "endpoint"}]
    assert to_gateway() == [{"protocol": "tcp", "ports": ["15011", "8060", "15443"]}]
