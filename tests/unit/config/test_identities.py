"""One workload is one identity, and a namespace is made by one hand."""

import pytest


def test_two_workloads_can_not_share_a_service_account(refused, values):
    values["workloads"].append({"name": "other", "namespace": "vm", "serviceAccount": "vmhttp"})
    said = refused(values)["meshx:workloads[1].serviceAccount"]
    assert "one workload is one identity" in said
    assert "meshx:workloads[0]" in said


def test_the_same_service_account_name_in_another_namespace_is_another_identity(loaded, values):
    values["workloads"].append({"name": "other", "namespace": "elsewhere", "serviceAccount": "vmhttp"})
    identities = [(workload.namespace, workload.account) for workload in loaded(values).workloads]
    assert identities == [("vm", "vmhttp"), ("elsewhere", "vmhttp")]


def test_a_namespace_can_not_be_both_made_and_found(refused, values):
    values["workloads"].append({"name": "other", "namespace": "vm", "createNamespace": False})
    assert "says the opposite" in refused(values)["meshx:workloads[1].createNamespace"]


@pytest.mark.parametrize("namespace", ["default", "kube-system", "istio-system", "gateways"])
def test_a_namespace_that_somebody_else_makes_is_not_made_again(refused, loaded, values, namespace):
    values["mesh"]["gateway"] = {"namespace": "gateways"}
    values["workloads"][0]["namespace"] = namespace
    assert "createNamespace: false" in refused(values)["meshx:workloads[0].createNamespace"]
    values["workloads"][0]["createNamespace"] = False
    assert loaded(values).workloads[0].namespace == namespace
