"""The entries of a revoked machine go at once, whatever they are called, and only in a run that changes things."""

from __future__ import annotations

from pathlib import Path

from meshx.plugin_base.custom_resource import Operation
from meshx.provider.revocation_resource import Revocation
from tests.unit.stand_ins.api_stand_in import StandInApi

INPUTS = {"machine": "vm-2", "namespace": "vm", "workloadEntries": ["vm-2", "vm-2.r1"]}
ENTRIES = "/apis/networking.istio.io/v1beta1/namespaces/vm/workloadentries"


def operation(preview: bool = False) -> Operation:
    return Operation("urn", "meshx:index:Revocation", "vm-2", preview)


def test_all_entries_that_it_may_have_had_go(api: StandInApi, tmp_path: Path) -> None:
    resource = Revocation({"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "tests"})
    api.entry("vm/vm-2")
    assert resource.create(INPUTS, operation()) == ("vm-2", INPUTS)
    assert api.asked("DELETE") == [f"{ENTRIES}/vm-2", f"{ENTRIES}/vm-2.r1"]


def test_a_preview_takes_nothing_away(api: StandInApi, tmp_path: Path) -> None:
    resource = Revocation({"kubeconfigFile": str(api.kubeconfig(tmp_path)), "context": "tests"})
    resource.create(INPUTS, operation(preview=True))
    resource.update("vm-2", INPUTS, INPUTS, INPUTS, operation(preview=True))
    assert api.requests == []
