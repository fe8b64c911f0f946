"""What the program registers for groups of instances that know names of exposed services."""

from pathlib import Path
from typing import Any

import pytest

from tests.program.recorded_program import Registered, run
from tests.program.test_gce import OF_KUBECONFIG, TEMPLATE, grouped
from tests.program.test_mesh import of_type, the
from tests.program.test_networks import SEEN, VIRTUAL_SERVICE

__all__ = ["grouped"]

HTTPBIN = {"service": "httpbin", "namespace": "bar"}
RAW = {"service": "raw", "namespace": "bar"}
EVERYWHERE, WITH_LOOPBACK = "ISTIO_SERVICE_CIDR='*'", "ISTIO_SERVICE_CIDR='0.0.0.0/0,127.255.0.0/16,::/0'"
RAW_PORTS = [{"port": 9000, "name": "tcp", "appProtocol": ""}]


def registered(stack: dict[str, Any], folder: Path, *exposed: dict[str, Any]) -> list[Registered]:
    """A run with these services exposed, of a cluster that has both."""
    services = [SEEN["services"][0], {**SEEN["services"][0], "service": "raw", "ports": RAW_PORTS}]
    cluster = {**OF_KUBECONFIG, "meshx:index:exposedServices": {"services": services, "entries": []}}
    return run({**stack, **({"exposed": list(exposed)} if exposed else {})}, folder, cluster)


def template(resources: list[Registered]) -> dict[str, Any]:
    return dict(the(resources, TEMPLATE).inputs)


def test_a_group_captures_the_range_of_exposed_names_and_gets_no_hosts_line(
    grouped: dict[str, Any], folder: Path
) -> None:
    assert EVERYWHERE in template(registered(grouped, folder))["metadata"]["startup-script"]
    script = template(registered(grouped, folder, HTTPBIN))["metadata"]["startup-script"]
    assert WITH_LOOPBACK in script
    assert "httpbin.bar.global" not in script


def test_the_sum_in_a_startup_script_is_of_values_and_not_of_the_order_in_which_a_program_gives_outputs(
    grouped: dict[str, Any], folder: Path
) -> None:
    # Given as arguments, each run of one process has placeholders of its own for outputs.
    assert template(registered(grouped, folder)) == template(registered(grouped, folder))


def test_a_further_name_changes_nothing_of_a_groups_template(grouped: dict[str, Any], folder: Path) -> None:
    one, two = (template(registered(grouped, folder, *exposed)) for exposed in ((HTTPBIN,), (HTTPBIN, RAW)))
    assert one == two


@pytest.mark.parametrize(
    "exposed", [{**HTTPBIN, "machines": ["vm-1"]}, {**HTTPBIN, "address": "10.200.0.7"}], ids=["untold", "virtual"]
)
def test_a_template_stays_as_it_is_where_no_loopback_address_is_to_be_captured(
    grouped: dict[str, Any], folder: Path, exposed: dict[str, Any]
) -> None:
    machine = {"name": "vm-1", "address": "10.77.0.13", "gce": {}}
    grouped["workloads"].append({**grouped["workloads"][0], "name": "other", "machines": [machine]})
    del grouped["workloads"][1]["group"]
    assert template(registered(grouped, folder, exposed)) == template(registered(grouped, folder))


def test_connections_of_a_near_group_are_routed_to_the_service_itself(grouped: dict[str, Any], folder: Path) -> None:
    (route,) = (
        one.inputs["spec"]
        for one in of_type(registered(grouped, folder, RAW), VIRTUAL_SERVICE)
        if one.name == "exposed/bar/raw"
    )
    network = {"topology.istio.io/network": "network1"}
    assert route == {
        "hosts": ["raw.bar.global"],
        "tcp": [
            {
                "match": [{"sourceLabels": network}],
                "route": [{"destination": {"host": "raw.bar.svc.cluster.local", "port": {"number": 9000}}}],
            },
            {"route": [{"destination": {"host": "raw.bar.global", "port": {"number": 9000}}}]},
        ],
    }


def test_a_name_may_be_for_a_group_alone(grouped: dict[str, Any], folder: Path) -> None:
    told = {**HTTPBIN, "machines": ["vmhttp"]}
    assert WITH_LOOPBACK in template(registered(grouped, folder, told))["metadata"]["startup-script"]
