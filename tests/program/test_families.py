"""What the program registers for machines with IPv6 addresses, and with both families."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import INSTALLED, Registered, run
from tests.program.test_gce import OF_KUBECONFIG
from tests.program.test_mesh import ADOPTED, CANARY, JOIN, SERVICE, WORKLOAD_ENTRY, of_type, the
from tests.program.test_revocations import DENIAL

GATEWAY = "Service istio-system/istio-eastwestgateway"
RELEASE = "kubernetes:helm.sh/v3:Release"
BOTH = {"loadBalancer": {"ingress": [{"ip": "10.77.0.200"}, {"ip": "fd77::200"}]}}
CLUSTER = {**INSTALLED, GATEWAY: {**INSTALLED[GATEWAY], "status": BOTH}}


@pytest.fixture
def both(values: dict[str, Any]) -> dict[str, Any]:
    """A mesh of both families with a machine that has both."""
    values["mesh"]["dualStack"] = True
    values["workloads"][0]["machines"][0]["secondAddress"] = "fd77::11"
    return values


def env(registered: list[Registered], machine: str = "vm-1") -> list[str]:
    (bundle,) = (one.inputs["bundle"] for one in of_type(registered, JOIN) if one.name == machine)
    return str(bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]).splitlines()


def test_a_machine_of_both_is_known_by_its_first_address_alone_and_its_proxy_takes_both(
    both: dict[str, Any], folder: Path
) -> None:
    registered = run(both, folder, CLUSTER)
    (entry,) = of_type(registered, WORKLOAD_ENTRY)
    assert entry.inputs["spec"]["address"] == "10.77.0.11"
    assert {"ISTIO_DUAL_STACK='true'", "ISTIO_SVC_IP='10.77.0.11'"} <= set(env(registered))


def test_a_mesh_of_both_families_has_them_in_istiod_and_in_its_services(both: dict[str, Any], folder: Path) -> None:
    releases = {one.name: one.inputs["values"] for one in of_type(run(both, folder, CLUSTER), RELEASE)}
    istiod, gateway = releases["istiod"], releases["istio-eastwestgateway"]
    assert (istiod["env"]["ISTIO_DUAL_STACK"], istiod["ipFamilyPolicy"]) == ("true", "PreferDualStack")
    assert istiod["meshConfig"]["defaultConfig"]["proxyMetadata"]["ISTIO_DUAL_STACK"] == "true"
    assert gateway["service"]["ipFamilyPolicy"] == "PreferDualStack"


def test_a_users_own_policy_of_families_counts(both: dict[str, Any], folder: Path) -> None:
    both["mesh"]["values"] = {"gateway": {"service": {"ipFamilyPolicy": "SingleStack"}}}
    releases = {one.name: one.inputs["values"] for one in of_type(run(both, folder, CLUSTER), RELEASE)}
    assert releases["istio-eastwestgateway"]["service"]["ipFamilyPolicy"] == "SingleStack"


def test_charts_before_1_24_have_it_below_pilot(both: dict[str, Any], folder: Path) -> None:
    both["mesh"]["istioVersion"] = "1.22"
    releases = {one.name: one.inputs["values"] for one in of_type(run(both, folder, CLUSTER), RELEASE)}
    assert releases["istiod"]["pilot"]["env"]["ISTIO_DUAL_STACK"] == "true"
    assert "env" not in releases["istiod"]


def test_a_mesh_of_one_family_says_nothing_of_it(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder)
    assert "DUAL_STACK" not in str([one.inputs for one in registered])
    assert "ipFamilyPolicy" not in str([one.inputs for one in registered])


def test_a_second_address_in_a_mesh_of_one_family_is_refused(both: dict[str, Any], folder: Path) -> None:
    del both["mesh"]["dualStack"]
    with pytest.raises(pulumi.RunError, match="ISTIO_DUAL_STACK is not set: istiod gives proxies listeners of one"):
        run(both, folder, CLUSTER)


def test_each_machine_finds_istiod_at_the_gateways_address_of_its_own_family(
    values: dict[str, Any], folder: Path
) -> None:
    machines = values["workloads"][0]["machines"]
    machines.append({**machines[0], "name": "vm-2", "address": "fd77::12"})
    found = {one.name: one.inputs["bundle"]["hosts"] for one in of_type(run(values, folder, CLUSTER), JOIN)}
    assert found == {
        "vm-1": {"istiod.istio-system.svc": "10.77.0.200"},
        "vm-2": {"istiod.istio-system.svc": "fd77::200"},
    }


def test_an_address_of_ipv6_stands_wherever_one_of_ipv4_may(values: dict[str, Any], folder: Path) -> None:
    values["mesh"]["gateway"] = {"address": "FD77:0::0200"}
    values["ssh"]["bastion"] = {"host": "fd77::1", "hostKeyFile": "id.pub"}
    values["cluster"]["endpoint"] = "[fd77::2]:6443"
    machine = values["workloads"][0]["machines"][0]
    machine |= {"address": "fd77::11", "ssh": {"host": "fd77::99", "hostKeyFile": "id.pub"}}
    registered = run(values, folder)
    join = the(registered, JOIN).inputs
    assert join["bundle"]["hosts"] == {"istiod.istio-system.svc": "fd77::200"}
    connection = join["connection"]
    assert (connection["host"], connection["bastion"]["host"]) == ("fd77::99", "fd77::1")
    assert "ISTIO_SVC_IP='fd77::11'" in env(registered)
    assert the(registered, WORKLOAD_ENTRY).inputs["spec"]["address"] == "fd77::11"


def test_a_revoked_machine_is_refused_by_both_addresses(both: dict[str, Any], folder: Path) -> None:
    machines = both["workloads"][0]["machines"]
    addresses = {"address": "10.77.0.12", "secondAddress": "fd77::12"}
    machines.append({**machines[0], **addresses, "name": "vm-2", "revoked": True})
    denial = the(run(both, folder, CLUSTER), DENIAL, "vm/vmhttp/revoked/vm-2")
    assert denial.inputs["spec"]["rules"] == [{"from": [{"source": {"ipBlocks": ["10.77.0.12", "fd77::12"]}}]}]


def test_firewall_rules_of_instances_are_of_the_family_that_they_have(instance: dict[str, Any], folder: Path) -> None:
    instance["cluster"]["podsCidr"] = "fd44::/56,10.244.0.0/16"
    rules = [one.inputs for one in of_type(run(instance, folder, OF_KUBECONFIG), "gcp:compute/firewall:Firewall")]
    ranges = {text for rule in rules for key in ("sourceRanges", "destinationRanges") for text in rule.get(key) or ()}
    assert "10.244.0.0/16" in ranges
    assert not [text for text in ranges if ":" in text]


def test_an_instance_with_a_second_address_is_refused(instance: dict[str, Any], folder: Path) -> None:
    instance["workloads"][0]["machines"][0]["secondAddress"] = "fd77::11"
    with pytest.raises(ConfigurationError, match="not supported yet: an instance with IPv6"):
        run(instance, folder, OF_KUBECONFIG)


@pytest.mark.parametrize("said", [{}, {"environment": {"ISTIO_DUAL_STACK": "true"}}])
def test_an_adopted_istiod_says_itself_whether_it_takes_both(
    both: dict[str, Any], folder: Path, said: dict[str, Any]
) -> None:
    both["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "install": {"controlPlane": False, "gateway": False},
    }
    cluster = {**ADOPTED, "meshx:index:runningIstiod": {**CANARY, **said}}
    if not said:
        with pytest.raises(
            pulumi.RunError, match=r"ISTIO_DUAL_STACK in the environment of the running istiod .* not set"
        ):
            run(both, folder, cluster)
        return
    registered = run(both, folder, cluster)
    assert "ISTIO_DUAL_STACK='true'" in env(registered)
    assert the(registered, SERVICE).inputs["spec"]["ipFamilyPolicy"] == "PreferDualStack"
