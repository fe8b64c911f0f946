"""What a Join is given, checked before anything is done."""

from meshx.join.bundle import bundle_inputs
from meshx.join.classic_bundle import classic_join_bundle
from meshx.machine.join_inputs import check_inputs
from tests.unit.join.join_examples import PACKAGE
from tests.unit.join.test_classic_bundle import GATEWAYS, MACHINE, WORKLOAD

INPUTS = {
    "machine": "vm-1",
    "namespace": "vm",
    "serviceAccount": "vmhttp",
    "connection": {"host": "10.77.0.11", "user": "root", "hostKey": "ssh-ed25519 AAAA"},
}


def test_a_machine_of_the_classic_line_is_taken_as_it_is():
    bundle = bundle_inputs(classic_join_bundle(GATEWAYS, WORKLOAD, MACHINE, PACKAGE), None, "10.77.0.200")
    inputs, failures = check_inputs({**INPUTS, "bundle": bundle})
    assert not failures
    assert inputs["bundle"] == bundle


def test_what_is_missing_is_named_all_at_once():
    _, failures = check_inputs({"machine": "vm-1", "bundle": {"files": {}}, "connection": {"host": "10.77.0.11"}})
    assert {failure.property for failure in failures} == {
        "namespace",
        "serviceAccount",
        "connection.user",
        "connection.hostKey",
        "bundle.hosts",
        "bundle.unit",
        "bundle.package",
    }
