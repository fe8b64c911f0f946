"""What the program registers once machines are revoked, and what it limits their tokens to."""

from pathlib import Path
from typing import Any

import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import INSTALLED, Registered, owner, run
from tests.program.test_gce import ACCOUNT, INSTANCE, OF_KUBECONFIG, ROLE
from tests.program.test_mesh import JOIN, WORKLOAD_ENTRY, names_before, of_type, the

DENIAL = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
REVOCATION = "meshx:index:Revocation"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
PROVIDER = "pulumi:providers:meshx"
OLD, NEW = "cluster.local/ns/vm/sa/vmhttp", "vmhttp.r1"


@pytest.fixture
def two(values: dict[str, Any]) -> dict[str, Any]:
    """A stack of two machines, the second one revoked."""
    first = values["workloads"][0]["machines"][0]
    values["workloads"][0]["machines"].append({**first, "name": "vm-2", "address": "10.77.0.12", "revoked": True})
    return values


def accounts_of(registered: list[Registered]) -> set[str]:
    return {str(one.inputs["serviceAccount"]) for one in of_type(registered, JOIN)}


def test_the_others_join_by_another_account_before_the_old_one_is_refused_everywhere(
    two: dict[str, Any], folder: Path
) -> None:
    registered = run(two, folder)
    assert [one.name for one in of_type(registered, JOIN)] == ["vm-1"]
    assert accounts_of(registered) == {NEW}
    assert the(registered, SERVICE_ACCOUNT).inputs["metadata"]["name"] == NEW
    entry = the(registered, WORKLOAD_ENTRY).inputs
    assert (entry["metadata"]["name"], entry["spec"]["serviceAccount"]) == ("vm-1.r1", NEW)
    by_account = the(registered, DENIAL, "vm/vmhttp/revoked-account/vmhttp")
    assert by_account.inputs["metadata"]["namespace"] == "istio-system"
    assert by_account.inputs["spec"] == {"action": "DENY", "rules": [{"from": [{"source": {"principals": [OLD]}}]}]}
    assert by_account.protect
    assert f"{JOIN} vm-1" in names_before(registered, by_account)


def test_its_entry_and_its_address_go_at_once(two: dict[str, Any], folder: Path) -> None:
    registered = run(two, folder)
    revocation = the(registered, REVOCATION)
    assert revocation.inputs["workloadEntries"] == ["vm-2"]
    by_address = the(registered, DENIAL, "vm/vmhttp/revoked/vm-2")
    assert by_address.inputs["spec"]["rules"] == [{"from": [{"source": {"ipBlocks": ["10.77.0.12"]}}]}]
    assert not by_address.protect
    assert not {f"{JOIN} vm-1"} & (names_before(registered, by_address) | names_before(registered, revocation))


def test_the_plugin_knows_where_nobody_is_to_log_in(two: dict[str, Any], folder: Path) -> None:
    (revoked,) = (one.inputs["revoked"] for one in run(two, folder) if one.type == PROVIDER)
    told = revoked if isinstance(revoked, dict) else __import__("json").loads(revoked)
    assert told == {"machines": ["vm-2"], "hosts": ["10.77.0.12"], "accounts": ["vm/vmhttp"]}


def test_a_successor_at_the_same_address_is_refused_nothing(two: dict[str, Any], folder: Path) -> None:
    machines = two["workloads"][0]["machines"]
    machines.append({**machines[1], "name": "vm-3", "revoked": False})
    registered = run(two, folder)
    # An address that is an output may turn out to be the successor's once the policy is there: it has no rules then.
    refusing = [one.name for one in of_type(registered, DENIAL) if one.inputs["spec"]["rules"]]
    assert refusing == ["vm/vmhttp/revoked-account/vmhttp"]
    assert {one.name for one in of_type(registered, JOIN)} == {"vm-1", "vm-3"}


def test_the_only_machine_is_refused_and_leaves_a_workload_that_is_ready_for_another(
    values: dict[str, Any], folder: Path
) -> None:
    values["workloads"][0]["machines"][0]["revoked"] = True
    registered = run(values, folder)
    assert not of_type(registered, JOIN)
    assert the(registered, SERVICE_ACCOUNT).inputs["metadata"]["name"] == NEW
    assert len(of_type(registered, DENIAL)) == 2


def test_an_entry_that_is_taken_out_is_counted_so_that_nothing_else_changes(two: dict[str, Any], folder: Path) -> None:
    before = {(one.type, one.name): one.inputs for one in run(two, folder) if one.type != PROVIDER}
    workload = two["workloads"][0]
    workload["machines"].pop()
    workload["revocations"] = 1
    after = {(one.type, one.name): one.inputs for one in run(two, folder) if one.type != PROVIDER}
    assert before.keys() - after.keys() == {(REVOCATION, "vm-2"), (DENIAL, "vm/vmhttp/revoked/vm-2")}
    table = ("meshx:index:ReachabilityTable", "reachability")
    assert {key: value for key, value in after.items() if before.get(key) != value and key != table} == {}


def test_a_second_revocation_refuses_both_accounts(two: dict[str, Any], folder: Path) -> None:
    first = two["workloads"][0]["machines"][0]
    two["workloads"][0]["machines"].append({**first, "name": "vm-3", "address": "10.77.0.13", "revoked": True})
    registered = run(two, folder)
    names = {one.inputs["metadata"]["name"] for one in of_type(registered, DENIAL) if one.protect}
    assert names == {"meshx-revoked.vm.vmhttp", "meshx-revoked.vm.vmhttp.r1"}
    assert accounts_of(registered) == {"vmhttp.r2"}


def test_an_instance_goes_and_the_others_get_another_google_account(instance: dict[str, Any], folder: Path) -> None:
    machines = instance["workloads"][0]["machines"]
    machines.append({**machines[0], "name": "vm-2", "address": "10.77.0.14"})
    before = run(instance, folder, OF_KUBECONFIG)
    machines[1]["revoked"] = True
    after = run(instance, folder, OF_KUBECONFIG)
    assert [one.inputs["name"] for one in of_type(after, INSTANCE)] == ["vm-1"]
    assert the(before, ACCOUNT).inputs["accountId"] != the(after, ACCOUNT).inputs["accountId"]
    role = the(after, ROLE)
    assert role.inputs["rules"][0]["resourceNames"] == [NEW]
    assert role.inputs["metadata"]["name"] != the(before, ROLE).inputs["metadata"]["name"]


def test_tokens_are_for_istiod_alone_and_no_longer_than_configured(values: dict[str, Any], folder: Path) -> None:
    values["tokens"] = {"lifetimeSeconds": 1200}
    registered = run(values, folder)
    policy = the(registered, POLICY)
    conditions = [one["expression"] for one in policy.inputs["spec"]["matchConditions"]]
    assert '["vm/vmhttp"]' in conditions[0]
    rules = [one["expression"] for one in policy.inputs["spec"]["validations"]]
    assert '== ["istio-ca"]' in rules[0] and rules[1].endswith("<= 1200")
    assert policy.inputs["metadata"]["labels"]["meshx/owner"] == owner().mark
    assert f"{POLICY} token-policy" in names_before(registered, the(registered, JOIN))


@pytest.mark.parametrize(
    ("change", "served"),
    [({"tokens": {"pinned": False}}, True), ({}, False)],
    ids=["not wanted", "no such policies in the cluster"],
)
def test_there_is_no_policy_where_it_is_not_wanted_or_cannot_be(
    values: dict[str, Any], folder: Path, change: dict[str, Any], served: bool
) -> None:
    says = {**INSTALLED, "meshx:index:admissionPolicies": {"served": served}}
    assert not of_type(run({**values, **change}, folder, says), POLICY)


def test_accounts_of_others_are_not_limited(values: dict[str, Any], folder: Path) -> None:
    values["workloads"][0]["createServiceAccount"] = False
    assert not of_type(run(values, folder), POLICY)
    values["workloads"][0]["machines"][0]["revoked"] = True
    with pytest.raises(ConfigurationError, match="somebody else's"):
        run(values, folder)
