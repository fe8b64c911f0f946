"""Control planes beside each other: what the program registers for the present one, the previous one, and tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from meshx.cluster.ownership import OWNER_LABEL, owned_values
from tests.program.recorded_program import INSTALLED, Registered, owner, run
from tests.program.test_mesh import ADOPTED, EXPOSED, JOIN, RELEASE, names_before, of_type, the

PLANES = "meshx:index:controlPlanes"
GATEWAY = "kubernetes:networking.istio.io/v1:Gateway"
VIRTUAL_SERVICE = "kubernetes:networking.istio.io/v1:VirtualService"
TAG = "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration"
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"


def running(*planes: dict[str, Any], leads_to: str = "", objects: dict[str, Any] = INSTALLED) -> dict[str, Any]:
    """A cluster with such control planes."""
    return {**objects, PLANES: {"controlPlanes": list(planes), "leadsTo": leads_to}}


def plane(revision: str, *proxies: str, owned: bool = True) -> dict[str, Any]:
    there = {"revision": revision, "version": "1.31.0", "owned": owned, "trouble": ""}
    return {**there, "proxies": list(proxies)}


BEFORE = running(plane("default", "vm-1.vm", "istio-eastwestgateway-1.istio-system"))


@pytest.fixture
def canary(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose machines go from the control plane without a revision to canary."""
    values["mesh"] |= {"revision": "canary", "previousRevision": "default"}
    return values


def hosts(registered: list[Registered], token: str) -> dict[str, list[str]]:
    """The host names of each object of a kind."""
    found = {one.name: one.inputs["spec"] for one in of_type(registered, token)}
    return {name: spec["hosts"] if "hosts" in spec else spec["servers"][0]["hosts"] for name, spec in found.items()}


def own(istiod: str) -> list[str]:
    return [f"{istiod}.istio-system.svc", f"{istiod}.istio-system.svc.cluster.local"]


def test_the_previous_release_stays_as_it_is_beside_the_new_one(canary: dict[str, Any], folder: Path) -> None:
    registered = run(canary, folder, BEFORE)
    old, new = the(registered, RELEASE, "istiod"), the(registered, RELEASE, "istiod-canary")
    assert old.ignored == {"chart", "repositoryOpts", "version", "values"}
    assert not new.ignored
    assert (old.inputs["name"], old.inputs["values"]["revision"]) == ("istiod", "")
    assert new.inputs["values"]["revision"] == "canary"
    assert the(registered, RELEASE, "istio-base").inputs["values"]["defaultRevision"] == "default"


def test_istiod_gateway_and_names_of_the_new_one_come_before_the_machines(canary: dict[str, Any], folder: Path) -> None:
    registered = run(canary, folder, BEFORE)
    before = names_before(registered, the(registered, JOIN))
    for needed in (f"{RELEASE} istiod-canary", f"{VIRTUAL_SERVICE} istiod-vs-canary", f"{GATEWAY} istiod-gateway"):
        assert needed in before
    gateway = the(registered, RELEASE, "istio-eastwestgateway")
    assert gateway.inputs["values"]["revision"] == "canary"
    assert f"{RELEASE} istiod-canary" in names_before(registered, gateway)


def test_each_of_the_two_has_its_own_names(canary: dict[str, Any], folder: Path) -> None:
    registered = run(canary, folder, BEFORE)
    assert hosts(registered, GATEWAY) == {
        "istiod-gateway": own("istiod"),
        "istiod-gateway-canary": own("istiod-canary"),
    }
    assert hosts(registered, VIRTUAL_SERVICE) == {
        "istiod-vs": own("istiod"),
        "istiod-vs-canary": own("istiod-canary"),
    }
    # One of an earlier meshx has all names until then, of which istiod would leave out one.
    before = names_before(registered, the(registered, GATEWAY, "istiod-gateway-canary"))
    assert f"{GATEWAY} istiod-gateway" in before


def test_a_machine_goes_over_by_what_its_sidecar_runs_with(values: dict[str, Any], folder: Path) -> None:
    old = the(run(values, folder), JOIN).inputs["bundle"]["files"]
    values["mesh"] |= {"revision": "canary", "previousRevision": "default"}
    new = the(run(values, folder, BEFORE), JOIN).inputs["bundle"]["files"]
    assert "CA_ADDR='istiod-canary.istio-system.svc:15012'" in new[CLUSTER_ENV]["content"]
    mesh = yaml.safe_load(new["/etc/istio/config/mesh"]["content"])
    assert mesh["defaultConfig"]["discoveryAddress"] == "istiod-canary.istio-system.svc:15012"
    assert "istiod-canary" not in old[CLUSTER_ENV]["content"]


def urns(registered: list[Registered]) -> dict[str, Registered]:
    """By type and name, and the type of the parent, as a state tells them apart."""
    return {f"{one.parent.rpartition('::')[0]} {one.type} {one.name}": one for one in registered}


def test_setting_the_key_back_leads_to_what_was_there(values: dict[str, Any], folder: Path) -> None:
    alone = urns(run(values, folder))
    values["mesh"] |= {"previousRevision": "canary"}
    back = urns(run(values, folder, running(plane("default"), plane("canary", "vm-1.vm"))))
    assert set(alone) < set(back)
    assert {name for name in alone if alone[name].inputs != back[name].inputs} == {
        name for name in alone if name.endswith("Release istio-base")
    }


def test_the_definitions_of_a_newer_one_stay_for_as_long_as_that_does(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] |= {"istioVersion": "1.30", "previousRevision": "canary"}
    older = {**plane("default"), "version": "1.30.2"}
    back = run(values, folder, running(older, plane("canary", "vm-1.vm")))
    assert the(back, RELEASE, "istio-base").ignored == {"chart", "repositoryOpts", "version", "values"}
    del values["mesh"]["previousRevision"]
    alone = run(values, folder, running(older, plane("canary")))
    assert not the(alone, RELEASE, "istio-base").ignored


def test_without_the_key_what_was_beside_it_goes_and_nothing_else_changes(canary: dict[str, Any], folder: Path) -> None:
    both = urns(run(canary, folder, BEFORE))
    del canary["mesh"]["previousRevision"]
    alone = urns(run(canary, folder, running(plane("canary", "vm-1.vm"), plane("default"))))
    assert {name.rpartition(" ")[2] for name in set(both) - set(alone)} == {
        *("istiod", "istiod-gateway", "istiod-vs", "previous-istiod-exposure"),
    }
    assert {name for name in alone if alone[name].inputs != both[name].inputs} == {
        name for name in alone if name.endswith("Release istio-base")
    }


def test_a_control_plane_with_proxies_is_not_taken_away(canary: dict[str, Any], folder: Path) -> None:
    del canary["mesh"]["previousRevision"]
    with pytest.raises(pulumi.RunError, match=r"default would go, and vm-1\.vm and .* are connected to it\. Remedy"):
        run(canary, folder, BEFORE)


def test_an_adopted_gateway_leads_to_both_where_the_stack_exposes_them(canary: dict[str, Any], folder: Path) -> None:
    canary["mesh"] = {
        "istioVersion": "1.31",
        "revision": "canary",
        "previousRevision": "blue",
        "install": {"controlPlane": False, "gateway": False},
    }
    asked: list[str] = []

    def gateway(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments["revision"])
        return {**EXPOSED, "exposed": arguments["revision"] == exposed}

    there = running(plane("blue", owned=False), plane("canary", owned=False), objects=ADOPTED)
    there["meshx:index:runningGateway"] = gateway
    exposed = "blue"
    assert set(hosts(run(canary, folder, there), VIRTUAL_SERVICE)) == {"meshx-istiod-vs-canary"}
    exposed = ""
    assert hosts(run(canary, folder, there), VIRTUAL_SERVICE) == {
        "meshx-istiod-vs-blue": own("istiod-blue"),
        "meshx-istiod-vs-canary": own("istiod-canary"),
    }
    assert set(asked) == {"blue", "canary"}


def test_a_control_plane_of_the_stack_is_not_adopted_by_it_and_taken_away_in_one_run(
    values: dict[str, Any], folder: Path
) -> None:
    values["mesh"] = {"istioVersion": "1.31", "install": {"controlPlane": False, "gateway": False}}
    there = running(plane("default", "vm-1.vm"), objects=ADOPTED)
    assert run(values, folder, there)
    own = owned_values({"global": {"network": "vpc"}}, {OWNER_LABEL: owner().mark})
    there["meshx:index:runningIstiod"] = {**there["meshx:index:runningIstiod"], "injectorValues": json.dumps(own)}
    with pytest.raises(pulumi.RunError, match=r"the control plane default is this stack's own, .* Remedy: true"):
        run(values, folder, there)


def test_a_gateway_of_the_stack_is_not_adopted_by_it_and_taken_away_in_one_run(
    values: dict[str, Any], folder: Path
) -> None:
    values["mesh"] = {"istioVersion": "1.31", "install": {"gateway": False}}
    asked: list[dict[str, Any]] = []

    def its_owner(arguments: dict[str, Any]) -> dict[str, str]:
        asked.append(arguments)
        return {"owner": whose}

    there = {**ADOPTED, "meshx:index:releaseOwner": its_owner}
    whose = "another"
    assert run(values, folder, there)
    assert asked == [{"namespace": "istio-system", "name": "istio-eastwestgateway"}]
    whose = owner().mark
    with pytest.raises(pulumi.RunError, match=r"the gateway istio-system/istio-eastwestgateway is this stack's own"):
        run(values, folder, there)


@pytest.mark.parametrize(("before", "after"), [("blue", "green"), ("", "green"), ("green", "")])
def test_a_revision_that_changes_alone_is_exposed_beside_the_one_before(
    values: dict[str, Any], folder: Path, before: str, after: str
) -> None:
    # The engine takes the one before away last; of two servers with the same hosts istiod leaves out the younger one.
    there = running(plane("blue", owned=False), plane("green", owned=False), objects=ADOPTED)
    there["meshx:index:runningGateway"] = {**EXPOSED, "gateway": "", "exposed": False}
    install, exposed = {"controlPlane": False, "gateway": False}, dict[str, list[str]]()
    for revision in (before, after):
        values["mesh"] = {"istioVersion": "1.31", "revision": revision, "install": install}
        found = hosts(run(values, folder, there), GATEWAY)
        assert not {name for names in exposed.values() for name in names} & {*next(iter(found.values()))}
        exposed |= found
    assert len(exposed) == 2


def test_a_revision_of_others_that_is_a_tag_is_followed(canary: dict[str, Any], folder: Path) -> None:
    canary["mesh"] = {
        "istioVersion": "1.31",
        "revision": "stable",
        "install": {"controlPlane": False, "gateway": False},
    }
    there = running(plane("canary", owned=False), leads_to="canary", objects=ADOPTED)
    environment = the(run(canary, folder, there), JOIN).inputs["bundle"]["files"][CLUSTER_ENV]["content"]
    assert "CA_ADDR='istiod-canary.istio-system.svc:15012'" in environment


def test_a_tag_leads_to_the_present_revision_before_machines_go_over(canary: dict[str, Any], folder: Path) -> None:
    canary["mesh"]["revisionTags"] = ["stable"]
    registered = run(canary, folder, BEFORE)
    tag = the(registered, TAG)
    assert tag.inputs["metadata"]["name"] == "istio-revision-tag-stable"
    assert tag.inputs["metadata"]["labels"]["istio.io/rev"] == "canary"
    assert {one["clientConfig"]["service"]["name"] for one in tag.inputs["webhooks"]} == {"istiod-canary"}
    assert [one["name"].partition("sidecar")[0] for one in tag.inputs["webhooks"]] == ["rev.namespace.", "rev.object."]
    assert f"{TAG} istio-revision-tag-stable" in names_before(registered, the(registered, JOIN))


def test_the_tag_default_takes_in_namespaces_that_name_no_revision(values: dict[str, Any], folder: Path) -> None:
    values["mesh"] |= {"revision": "canary", "revisionTags": ["default"]}
    webhooks = the(run(values, folder), TAG).inputs["webhooks"]
    assert len(webhooks) == 4
    enabled = {"key": "istio-injection", "operator": "In", "values": ["enabled"]}
    assert webhooks[2]["namespaceSelector"]["matchExpressions"] == [enabled]
