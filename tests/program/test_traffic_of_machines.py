"""What the program registers of what stays out of the mesh, and of machines' places and shares of calls."""

from pathlib import Path
from typing import Any

import pytest

from tests.program import test_classic_mesh
from tests.program.recorded_program import Registered, run
from tests.program.test_gce import OF_KUBECONFIG, TEMPLATE, WORKLOAD_GROUP, grouped, script
from tests.program.test_mesh import JOIN, WORKLOAD_ENTRY, the
from tests.program.test_networks import CLUSTER_ENV, environment

__all__ = ["grouped"]

OUT = {"excludeOutboundPorts": [2049], "excludeOutboundRanges": ["10.9.0.0/24"], "excludeInboundPorts": [9100]}
OWN = {"excludeOutboundPorts": [111, 2049], "excludeOutboundRanges": ["10.8.0.5"], "weight": 3}


@pytest.fixture
def kept_out(values: dict[str, Any]) -> dict[str, Any]:
    """A workload with all of these keys, and two machines, of which the first has some of its own."""
    workload = values["workloads"][0]
    first = workload["machines"][0]
    workload |= {**OUT, "weight": 2, "locality": "eu/eu-b"}
    workload["machines"] = [{**first, **OWN}, {**first, "name": "vm-2", "address": "10.77.0.12", "locality": "us"}]
    return values


def lines(registered: list[Registered], machine: str) -> list[str]:
    names = ("EXCLUDE", "SERVICE_CIDR", "LABELS")
    return [line for line in environment(registered, machine).splitlines() if any(name in line for name in names)]


def test_what_a_machine_keeps_out_comes_to_what_its_workload_does(kept_out: dict[str, Any], folder: Path) -> None:
    registered = run(kept_out, folder)
    first, second = (lines(registered, name) for name in ("vm-1", "vm-2"))
    assert first[:1] + first[2:] == [
        "ISTIO_LOCAL_EXCLUDE_PORTS='22,15090,15021,15020,9100'",
        *first[2:3],
        "ISTIO_SERVICE_CIDR='*'",
        "ISTIO_SERVICE_EXCLUDE_CIDR='10.9.0.0/24,10.8.0.5/32'",
    ]
    assert first[1] == "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='2049,111'"
    assert '"istio-locality":"eu/eu-b"' in first[2]
    assert second[1] == "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='2049'"
    assert second[-1] == "ISTIO_SERVICE_EXCLUDE_CIDR='10.9.0.0/24'"
    assert '"istio-locality":"us"' in second[2]


def test_a_machines_own_place_and_share_go_before_its_workloads(kept_out: dict[str, Any], folder: Path) -> None:
    registered = run(kept_out, folder)
    found = [the(registered, WORKLOAD_ENTRY, name).inputs["spec"] for name in ("vm-1", "vm-2")]
    assert [(one["locality"], one["weight"]) for one in found] == [("eu/eu-b", 3), ("us", 2)]
    template = the(registered, WORKLOAD_GROUP).inputs["spec"]["template"]
    assert (template["locality"], template["weight"]) == ("eu/eu-b", 2)


def test_nothing_is_said_where_nothing_is_written(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder)
    assert {"locality", "weight"}.isdisjoint(the(registered, WORKLOAD_ENTRY, "vm-1").inputs["spec"])
    assert not [line for line in lines(registered, "vm-1") if "OUTBOUND" in line or "EXCLUDE_CIDR" in line]
    assert "istio-locality" not in environment(registered, "vm-1")


def test_an_instances_metadata_server_stays_out_beside_what_is_to(instance: dict[str, Any], folder: Path) -> None:
    instance["workloads"][0] |= OUT
    text = script(run(instance, folder, OF_KUBECONFIG))
    assert "ISTIO_SERVICE_EXCLUDE_CIDR='169.254.169.254/32,10.9.0.0/24'" in text
    assert "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE='2049'" in text


def test_instances_of_a_group_are_told_what_their_workload_says(grouped: dict[str, Any], folder: Path) -> None:
    grouped["workloads"][0] |= {**OUT, "locality": "eu", "weight": 2, "includeOutboundRanges": ["10.88.0.0/16"]}
    grouped["cluster"]["servicesCidr"] = "10.96.0.0/16"
    registered = run(grouped, folder, OF_KUBECONFIG)
    text = the(registered, TEMPLATE).inputs["metadata"]["startup-script"]
    assert "ISTIO_SERVICE_EXCLUDE_CIDR='169.254.169.254/32,10.9.0.0/24'" in text
    assert "ISTIO_SERVICE_CIDR='10.96.0.0/16,240.240.0.0/16,2001:2::/48,10.88.0.0/16'" in text
    assert '"istio-locality":"eu"' in text
    template = the(registered, WORKLOAD_GROUP).inputs["spec"]["template"]
    assert (template["locality"], template["weight"]) == ("eu", 2)


def test_the_classic_line_says_the_same_in_its_own_words(classic: dict[str, Any], folder: Path) -> None:
    workload = classic["workloads"][0]
    workload |= {**OUT, "includeOutboundRanges": ["10.9.0.0/16"], "locality": "eu/eu-b", "weight": 2}
    registered = run(classic, folder, test_classic_mesh.INSTALLED)
    spec = the(registered, test_classic_mesh.SERVICE_ENTRY, "vm/vmhttp").inputs["spec"]
    assert [(one["locality"], one["weight"]) for one in spec["endpoints"]] == [("eu/eu-b", 2)]
    text = str(the(registered, JOIN, "vm-1").inputs["bundle"]["files"][CLUSTER_ENV]["content"])
    assert [line for line in text.splitlines() if "EXCLUDE" in line or "CIDR" in line] == [
        "ISTIO_SERVICE_CIDR=172.21.0.0/16,10.9.0.0/16",
        "export ISTIO_LOCAL_EXCLUDE_PORTS=9100",
        "export ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE=2049",
        "export ISTIO_SERVICE_EXCLUDE_CIDR=10.9.0.0/24",
    ]
