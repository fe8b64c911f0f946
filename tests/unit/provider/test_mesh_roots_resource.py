"""Secret `cacerts` in the three steps of a root's change: what is written, what is refused, and what is told."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from meshx.config.values.certificates import fingerprint, name_of
from meshx.plugin_base.custom_resource import Operation, PartialFailure, ResourceError, Severity
from meshx.plugin_base.property_values import UNKNOWN
from meshx.provider.mesh_roots_resource import MeshRoots
from meshx.provider.roots_on_machines_resource import RootsOnMachines
from tests.unit.stand_ins.api_stand_in import ApiServer
from tests.unit.stand_ins.certificates_for_tests import Authority, authority, below, renewed
from tests.unit.stand_ins.istiod_for_tests import CACERTS, DEPLOYMENT, OWN, MeshApi, data_of, key_of

OLD, NEW = authority("old root"), authority("new root")
OF_OLD, OF_NEW = below(OLD, "of old"), below(NEW, "of new")
MARK = {"meshx/owner": "meshx.dev"}
BY_OTHERS = "written by others: it has other roots, another authority, or entries that istiod takes in their place"
LONG_AGO = datetime.now(timezone.utc) - timedelta(days=30)


def inputs(*roots: Authority, issuer: Authority | None = None, **others: Any) -> dict[str, Any]:
    """A resource's inputs."""
    by = {"issuer": {"certificate": issuer.pem}, "key": key_of(issuer)} if issuer else {}
    return {
        "namespace": "istio-system",
        "labels": MARK,
        "roots": [root.pem for root in roots],
        **by,
        "machines": ["vm-1", "vm-2"],
        "istiods": ["istiod"],
        "machineSeconds": 3600,
        "instanceSeconds": 0,
        "state": "in place",
        **others,
    }


def roots_of(*roots: Authority) -> dict[str, Any]:
    """The inputs of the note that machines have these."""
    return {"namespace": "istio-system", "root": "".join(root.pem for root in roots), "state": "in place"}


class Scene:
    """The resource, its cluster, and what it said; each `up` starts from what the one before it left."""

    def __init__(self, api: MeshApi, folder: Path) -> None:
        self.api = api
        self.configuration = {"kubeconfigFile": str(api.kubeconfig(folder)), "context": "tests"}
        self.resource = MeshRoots(self.configuration)
        self.said: list[str] = []
        self.before: tuple[dict[str, Any], dict[str, Any]] | None = None

    def operation(self, preview: bool = False) -> Operation:
        def log(level: Severity, text: str) -> None:
            self.said.append(text)

        return Operation("urn", "meshx:index:MeshRoots", "roots-of-trust", preview=preview, timeout=1.0, log=log)

    def run(self, wanted: dict[str, Any], preview: bool = False) -> dict[str, Any]:
        operation = self.operation(preview)
        wanted, _ = self.resource.check(wanted, None, operation)
        if self.before is None:
            _, outputs = self.resource.create(wanted, operation)
        else:
            outputs = self.resource.update("istio-system/cacerts", *self.before, wanted, operation)
        if not preview:
            self.before = outputs, wanted
        return outputs

    def preview(self, wanted: dict[str, Any]) -> str:
        self.said.clear()
        before = json.dumps(self.api.objects)
        self.run(wanted, preview=True)
        assert json.dumps(self.api.objects) == before
        return "\n".join(self.said)

    def refused(self, wanted: dict[str, Any]) -> str:
        """Why a preview and an `up` refuse it, which leave all as it is."""
        before = json.dumps(self.api.objects)
        messages: list[str] = []
        for preview in (True, False):
            with pytest.raises(ResourceError) as raised:
                self.run(wanted, preview=preview)
            messages.append(str(raised.value))
        first, second = (re.sub(r"[0-9:TZ-]{20}", "<time>", message) for message in messages)
        assert first == second and json.dumps(self.api.objects) == before
        return messages[0]

    def entry(self, name: str) -> str:
        return base64.b64decode(self.api.objects[CACERTS]["data"][name]).decode()

    def age(self, **by: float) -> None:
        """Let everything that is noted of the roots be older."""
        annotations = self.api.objects[CACERTS]["metadata"]["annotations"]
        noted = json.loads(annotations["meshx/roots-of-trust"])
        for root in noted["roots"].values():
            for key, text in root.items():
                if text not in ("", "now"):
                    time = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") - timedelta(**by)
                    root[key] = f"{time:%Y-%m-%dT%H:%M:%SZ}"
        annotations["meshx/roots-of-trust"] = json.dumps(noted)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    api = MeshApi()
    server = ApiServer(api)
    yield Scene(api, tmp_path)
    server.close()


@pytest.fixture
def by_own_root(scene: Scene) -> Scene:
    """A mesh whose istiod made a root itself, and has run for long."""
    scene.api.objects[OWN] = {"metadata": {"name": "istio-ca-secret"}, "data": data_of([OLD], OLD)}
    scene.api.runs()
    return scene


def test_a_new_mesh_gets_its_authority_before_istiod_is_there(scene: Scene) -> None:
    outputs = scene.run(inputs(OLD, issuer=OF_OLD))
    assert scene.entry("root-cert.pem") == OLD.pem == outputs["root"]
    assert scene.entry("ca-cert.pem") == scene.entry("cert-chain.pem") == OF_OLD.pem
    assert scene.entry("ca-key.pem") == key_of(OF_OLD)
    assert scene.api.objects[CACERTS]["metadata"]["labels"] == MARK
    assert scene.api.restarts == []


def test_the_key_is_in_no_output_and_in_no_word(scene: Scene) -> None:
    outputs = scene.run(inputs(OLD, issuer=OF_OLD))
    kept = json.dumps(outputs) + "".join(scene.said)
    assert not any(line in kept for line in key_of(OF_OLD).splitlines()[1:-1])


def test_a_mesh_goes_through_the_three_steps_and_istiod_restarts_once_in_each(by_own_root: Scene) -> None:
    scene = by_own_root
    both, new_issues, old_goes = inputs(OLD, NEW), inputs(OLD, NEW, issuer=OF_NEW), inputs(NEW, issuer=OF_NEW)
    assert "step 1 of 3: it trusts O=new root" in scene.preview(both)
    standing = scene.run(both)["standing"]
    assert "O=old root" in standing and standing.endswith(f"step 2 names an meshx:trust.issuer below {name(NEW)}")
    assert scene.entry("ca-key.pem") == key_of(OLD)
    assert {OLD.pem, NEW.pem} == split(scene.api.told())
    assert "step 2 of 3: O=new root" in scene.preview(new_issues)
    assert "step 2 of 3 is done, step 3 takes" in scene.run(new_issues)["standing"]
    assert scene.entry("ca-cert.pem") == OF_NEW.pem
    scene.age(hours=2)
    assert "step 3 of 3: it trusts O=new root" in scene.preview(old_goes)
    assert scene.run(old_goes)["standing"] == ""
    assert split(scene.api.told()) == {NEW.pem}
    assert len(scene.api.restarts) == len(set(scene.api.restarts)) == 3


def test_what_stays_the_same_writes_nothing_and_restarts_nothing(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    asked = len(scene.api.requests)
    scene.run(inputs(NEW, OLD))
    assert {method for method, *_ in scene.api.requests[asked:]} == {"GET"}
    assert len(scene.api.restarts) == 1
    first, _ = scene.resource.check(inputs(OLD, NEW), None, scene.operation())
    second, _ = scene.resource.check(inputs(roots=[f"# both\n{NEW.pem}\n{OLD.pem}"]), None, scene.operation())
    assert not scene.resource.diff("id", {}, first, second, scene.operation()).changes


def test_each_preview_says_where_a_change_stands(by_own_root: Scene) -> None:
    scene = by_own_root
    outputs = scene.run(inputs(OLD, NEW))
    scene.said.clear()
    scene.resource.diff("id", outputs, inputs(OLD, NEW), inputs(OLD, NEW), scene.operation(True))
    assert scene.said == [outputs["standing"]]


def test_an_issuer_that_nobody_trusts_is_refused_and_so_is_letting_the_old_root_go(by_own_root: Scene) -> None:
    message = by_own_root.refused(inputs(NEW, issuer=OF_NEW))
    assert f"meshx:trust.roots lacks {name(OLD)}, which issues" in message
    assert f"meshx:trust.issuer leads to {name(NEW)}, which nobody trusts yet" in message
    assert "Remedy: step 1" in message
    message = by_own_root.refused(inputs(OLD, NEW, issuer=OF_NEW))
    assert "meshx:trust.roots" not in message.partition("Remedy")[0]


def test_step_2_waits_for_pods_whose_certificates_are_older_than_step_1(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.pod("sleep-1", LONG_AGO)
    scene.run(inputs(OLD, NEW))
    message = scene.refused(inputs(OLD, NEW, issuer=OF_NEW))
    assert "meshx:trust.issuer: it is too early for step 2" in message and "pod bar/sleep-1, until" in message
    scene.api.pod("sleep-1", datetime.now(timezone.utc) + timedelta(seconds=5))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))


def test_a_pod_counts_for_as_long_as_its_own_certificates_live(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.pod("sleep-1", LONG_AGO, {"SECRET_TTL": "10m0s"})
    scene.run(inputs(OLD, NEW))
    scene.age(minutes=9)
    scene.refused(inputs(OLD, NEW, issuer=OF_NEW))
    scene.age(minutes=3)
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))


def test_step_2_waits_until_a_run_has_brought_the_new_root_to_all_machines(by_own_root: Scene) -> None:
    scene = by_own_root
    both, new_issues = inputs(OLD, NEW, noted=True), inputs(OLD, NEW, issuer=OF_NEW, noted=True)
    scene.run(both)
    note = RootsOnMachines(scene.configuration)
    message = scene.refused(new_issues)
    assert f"Not all machines over SSH have {name(NEW)}" in message and "take out of the stack what is off" in message
    assert note.create(roots_of(OLD), scene.operation(preview=True))[0] == "istio-system/cacerts"
    note.create(roots_of(OLD), scene.operation())
    assert f"Not all machines over SSH have {name(NEW)}" in scene.refused(new_issues)
    note.create(roots_of(OLD, NEW), scene.operation())
    scene.run(inputs(OLD, noted=True))
    scene.run(both)
    assert f"Not all machines over SSH have {name(NEW)}" in scene.refused(new_issues)
    note.create(roots_of(OLD, NEW), scene.operation())
    scene.run(new_issues)
    scene.run(inputs(OLD, NEW, issuer=OLD, noted=True))


def test_a_note_without_its_secret_says_what_makes_that_anew(by_own_root: Scene) -> None:
    note = RootsOnMachines(by_own_root.configuration)
    with pytest.raises(ResourceError, match=r"the Secret is gone, .*`pulumi up --refresh` makes it anew"):
        note.create(roots_of(OLD), by_own_root.operation())


def test_a_refresh_tells_that_the_note_went_with_the_secret(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    note, wanted = RootsOnMachines(scene.configuration), roots_of(OLD, NEW)

    def state() -> str:
        return str(note.read("istio-system/cacerts", wanted, wanted, scene.operation()).inputs["state"])

    note.create(wanted, scene.operation(preview=True))
    assert state() == "the Secret lacks the note"
    note.create(wanted, scene.operation())
    assert state() == "in place"
    scene.api.forbidden = "secrets"
    assert state() == "in place" and "its last state stays" in scene.said[-1]


def test_step_3_waits_for_pods_and_machines_with_certificates_of_the_old_root(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    scene.api.pod("sleep-1", LONG_AGO)
    message = scene.refused(inputs(NEW, issuer=OF_NEW))
    assert f"meshx:trust.roots: it is too early for step 3, {name(OLD)} is still needed" in message
    assert "pod bar/sleep-1; vm-1 and vm-2, until" in message
    scene.age(hours=2)
    assert "vm-" not in scene.refused(inputs(NEW, issuer=OF_NEW))
    scene.age(hours=23)
    scene.run(inputs(NEW, issuer=OF_NEW))


def test_a_machine_that_was_seen_with_a_certificate_of_another_root_is_not_waited_for(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    seen = scene.resource.during(scene.operation())._cluster.api.machine_roots
    seen |= {"vm-1": fingerprint(NEW.certificate), "vm-2": fingerprint(OLD.certificate)}
    assert "hold a certificate by it: vm-2, until" in scene.refused(inputs(NEW, issuer=OF_NEW))
    seen["vm-2"] = fingerprint(NEW.certificate)
    scene.run(inputs(NEW, issuer=OF_NEW))


def test_a_shorter_life_counts_from_the_next_run_on(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    scene.age(minutes=30)
    assert "vm-1" in scene.refused(inputs(NEW, issuer=OF_NEW, machineSeconds=60))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW, machineSeconds=60))
    scene.run(inputs(NEW, issuer=OF_NEW, machineSeconds=60))


def test_another_machine_changes_nothing(by_own_root: Scene) -> None:
    scene = by_own_root
    outputs = scene.run(before := inputs(OLD, NEW))
    more = {**before, "machines": ["vm-1", "vm-2", "vm-3"]}
    assert not scene.resource.diff("id", outputs, before, more, scene.operation()).changes


def test_instances_that_join_by_themselves_count_in_step_2_as_well(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW, instanceSeconds=3600))
    message = scene.refused(inputs(OLD, NEW, issuer=OF_NEW, instanceSeconds=3600))
    assert "instances that join by themselves, until" in message


def test_a_root_that_never_issued_may_go_at_once_and_the_old_issuer_may_come_back(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.pod("sleep-1", LONG_AGO)
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD))
    assert split(scene.api.told()) == {OLD.pem}
    scene.run(inputs(OLD, NEW))
    scene.age(days=2)
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    scene.run(inputs(OLD, NEW, issuer=OLD))
    assert f"{name(NEW)} is still needed" in scene.refused(inputs(OLD, issuer=OLD))


def test_another_authority_below_the_same_root_needs_no_step(scene: Scene) -> None:
    scene.run(inputs(OLD, issuer=OF_OLD))
    scene.api.runs()
    other = below(OLD, "another")
    assert "another authority below O=old root" in scene.preview(inputs(OLD, issuer=other))
    scene.run(inputs(OLD, issuer=other))
    assert scene.entry("ca-cert.pem") == other.pem


@pytest.fixture(params=["in front of it", "behind it"])
def again(request: pytest.FixtureRequest) -> Authority:
    """The old root with a later end, of the same name and key, in either order of their fingerprints."""
    before = request.param == "in front of it"
    every = iter(lambda: renewed(OLD), None)
    return next(one for one in every if (fingerprint(one.certificate) < fingerprint(OLD.certificate)) == before)


@pytest.mark.parametrize("issuer", [OF_OLD, None], ids=["as the stack's issuer", "as whoever issues"])
def test_a_root_that_is_renewed_with_its_key_needs_no_other_issuer_and_nobody_is_waited_for(
    scene: Scene, again: Authority, issuer: Authority | None
) -> None:
    scene.run(inputs(OLD, issuer=OF_OLD))
    scene.api.runs()
    scene.api.pod("sleep-1", LONG_AGO)
    assert "step 1 of 3: it trusts O=old root" in scene.preview(inputs(OLD, again, issuer=issuer))
    scene.run(inputs(OLD, again, issuer=issuer))
    restarts = len(scene.api.restarts)
    standing = scene.run(inputs(OLD, again, issuer=issuer))["standing"]
    assert standing.endswith(f"step 3 takes {name(OLD)} out of meshx:trust.roots")
    assert len(scene.api.restarts) == restarts
    assert "step 3 of 3: it trusts O=old root" in scene.preview(inputs(again, issuer=issuer))
    assert scene.run(inputs(again, issuer=issuer))["standing"] == ""
    assert split(scene.api.told()) == {again.pem}
    assert scene.entry("ca-cert.pem") == OF_OLD.pem


def test_a_renewal_that_istiod_did_not_take_yet_goes_on(scene: Scene, again: Authority) -> None:
    scene.run(inputs(OLD, issuer=OF_OLD))
    scene.api.runs()
    scene.api.stuck = True
    with pytest.raises(PartialFailure):
        scene.run(inputs(OLD, again))
    scene.api.stuck = False
    assert "step 1 of 3" in scene.preview(inputs(OLD, again))
    scene.api.runs()
    scene.run(inputs(OLD, again))
    assert split(scene.api.told()) == {OLD.pem, again.pem}


def test_the_key_may_leave_the_stack_and_the_authority_goes_on(scene: Scene) -> None:
    scene.run(inputs(OLD, issuer=OF_OLD))
    scene.run(inputs(OLD))
    assert scene.entry("ca-key.pem") == key_of(OF_OLD)


def test_without_an_issuer_somebody_has_to_issue_already(scene: Scene) -> None:
    assert "meshx:trust.issuer is missing, and nobody issues yet" in scene.refused(inputs(OLD))


def test_the_secret_of_others_is_refused_with_the_command_that_hands_it_over(scene: Scene) -> None:
    scene.api.objects[CACERTS] = {"metadata": {"name": "cacerts", "labels": {}}, "data": data_of([OLD], OF_OLD)}
    scene.api.runs()
    message = scene.refused(inputs(OLD, issuer=OF_OLD))
    assert "kubectl label --overwrite secret cacerts --namespace istio-system meshx/owner=meshx.dev" in message
    scene.api.objects[CACERTS]["metadata"]["labels"] = dict(MARK)
    scene.run(inputs(OLD, issuer=OF_OLD))


def test_of_a_secret_handed_over_in_the_midst_of_a_change_any_root_may_have_issued(scene: Scene) -> None:
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    metadata = {"name": "cacerts", "labels": dict(MARK), "creationTimestamp": now}
    scene.api.objects[CACERTS] = {"metadata": metadata, "data": data_of([OLD, NEW], OF_NEW)}
    scene.api.runs()
    assert "step" not in scene.run(inputs(OLD, NEW, issuer=OF_NEW))["standing"]
    assert f"{name(OLD)} is still needed" in scene.refused(inputs(NEW, issuer=OF_NEW))


def test_while_nobody_knows_who_issues_no_root_may_go_and_none_may_come_as_an_issuer(by_own_root: Scene) -> None:
    scene = by_own_root
    del scene.api.objects[OWN]
    message = scene.refused(inputs(NEW, issuer=OF_NEW))
    assert f"meshx:trust.roots lacks {name(OLD)}, which the mesh trusts now" in message
    assert f"meshx:trust.issuer leads to {name(NEW)}, which nobody trusts yet" in message
    assert "and an meshx:trust.issuer below one of them" in message
    scene.api.pod("sleep-1", datetime.now(timezone.utc))
    assert "O=old root (" in scene.preview(inputs(OLD, NEW, issuer=OF_OLD))
    scene.run(inputs(OLD, NEW, issuer=OF_OLD))


@pytest.mark.parametrize("by_another", [False, True])
def test_a_secret_that_somebody_took_away_or_replaced_between_steps_ends_no_waiting(
    by_own_root: Scene, by_another: bool
) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    del scene.api.objects[CACERTS]
    if by_another:
        other = authority("another root")
        metadata = {"name": "cacerts", "labels": dict(MARK)}
        scene.api.objects[CACERTS] = {"metadata": metadata, "data": data_of([other], other)}
    assert f"lacks {name(OLD)}, which the mesh trusts now" in scene.refused(inputs(NEW, issuer=OF_NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    assert "vm-1 and vm-2, until" in scene.refused(inputs(NEW, issuer=OF_NEW))


def test_a_root_that_others_added_may_have_issued_until_the_run_that_notes_it(by_own_root: Scene) -> None:
    scene, added = by_own_root, authority("added root")
    scene.run(inputs(OLD))
    scene.api.pod("sleep-1", LONG_AGO)
    scene.api.objects[CACERTS]["data"] = data_of([OLD, added], OLD)
    scene.api.runs()
    early = f"too early for step 3, {name(added)} is still needed"
    assert early in (message := scene.refused(inputs(OLD)))
    assert "first run `pulumi up` with the roots and the authority that are in there, then wait" in message
    scene.run(inputs(OLD, added))
    assert early in scene.refused(inputs(OLD))
    scene.age(days=2)
    scene.run(inputs(OLD))


def test_which_of_the_roots_issues_is_not_known_so_pods_have_to_trust_the_issuer(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.pod("sleep-1", LONG_AGO)
    scene.run(inputs(OLD, NEW))
    del scene.api.objects[CACERTS]
    scene.api.told_since(datetime.now(timezone.utc))
    assert "pod bar/sleep-1, until" in scene.refused(inputs(OLD, NEW, issuer=OF_NEW))
    scene.api.pod("sleep-1", datetime.now(timezone.utc) + timedelta(seconds=5))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))


def test_an_authority_that_others_wrote_and_istiod_did_not_take_says_nothing_of_who_issues(scene: Scene) -> None:
    metadata = {"name": "cacerts", "labels": dict(MARK)}
    scene.api.objects[CACERTS] = {"metadata": metadata, "data": data_of([OLD], OF_OLD)}
    scene.api.runs()
    scene.api.objects[CACERTS]["data"] = data_of([NEW], OF_NEW)
    assert f"lacks {name(OLD)}, which the mesh trusts now" in scene.refused(inputs(NEW, issuer=OF_NEW))


def test_a_secret_in_the_form_for_tls_is_read_as_istiod_reads_it_and_written_in_istios_own(scene: Scene) -> None:
    names = {"tls.crt": "ca-cert.pem", "tls.key": "ca-key.pem", "ca.crt": "root-cert.pem"}
    own = data_of([OLD], OF_OLD)
    data = {name: own[there] for name, there in names.items()}
    scene.api.objects[CACERTS] = {"metadata": {"name": "cacerts", "labels": dict(MARK)}, "data": data}
    scene.api.runs()
    assert f"lacks {name(OLD)}, which issues" in scene.refused(inputs(NEW, issuer=OF_NEW))
    scene.run(inputs(OLD, NEW))
    assert set(scene.api.objects[CACERTS]["data"]) == set(own)
    assert (scene.entry("ca-cert.pem"), scene.entry("ca-key.pem")) == (OF_OLD.pem, key_of(OF_OLD))


def test_a_secret_of_the_type_for_tls_is_refused_since_it_can_hold_nothing_else(scene: Scene) -> None:
    metadata = {"name": "cacerts", "labels": dict(MARK)}
    data = {"tls.crt": data_of([OLD], OF_OLD)["ca-cert.pem"]}
    scene.api.objects[CACERTS] = {"metadata": metadata, "type": "kubernetes.io/tls", "data": data}
    message = scene.refused(inputs(OLD, issuer=OF_OLD))
    assert "is of type kubernetes.io/tls" in message and "kubectl create secret generic cacerts" in message


def test_a_handed_over_secret_counts_from_the_run_that_noted_it_and_not_from_its_age(scene: Scene) -> None:
    hours_ago = datetime.now(timezone.utc) - timedelta(hours=2)
    metadata = {"name": "cacerts", "labels": dict(MARK), "creationTimestamp": f"{hours_ago:%Y-%m-%dT%H:%M:%SZ}"}
    scene.api.objects[CACERTS] = {"metadata": metadata, "data": data_of([OLD, NEW], OF_OLD)}
    scene.api.runs()
    scene.api.pod("sleep-1", datetime.now(timezone.utc) - timedelta(hours=1))
    message = scene.refused(inputs(OLD, NEW, issuer=OF_NEW))
    assert "pod bar/sleep-1, until" in message
    assert "first run `pulumi up` with the roots and the authority that are in there" in message
    scene.run(inputs(OLD, NEW))
    assert "Remedy: wait until then, or restart these pods" in scene.refused(inputs(OLD, NEW, issuer=OF_NEW))


def test_a_refusal_names_what_ends_the_waiting_for_each_kind_of_holder(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW, instanceSeconds=3600))
    message = scene.refused(inputs(OLD, NEW, issuer=OF_NEW, instanceSeconds=3600))
    assert message.endswith("Remedy: wait until then")
    scene.run(inputs(OLD, NEW))
    scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    message = scene.refused(inputs(NEW, issuer=OF_NEW))
    assert "restart" not in message and "wait until then, or run `pulumi up --refresh`" in message
    scene.api.pod("sleep-1", LONG_AGO)
    message = scene.refused(inputs(NEW, issuer=OF_NEW))
    assert "or restart these pods" in message and "or run `pulumi up --refresh`" in message


def test_entries_that_istiod_would_take_first_go(scene: Scene) -> None:
    metadata = {"name": "cacerts", "labels": dict(MARK)}
    data = {**data_of([OLD], OF_OLD), "istio-generated": "", "ca-crl.pem": "Y3Js"}
    scene.api.objects[CACERTS] = {"metadata": metadata, "data": data}
    scene.api.runs()
    scene.run(inputs(OLD, issuer=OF_OLD))
    assert "istio-generated" not in scene.api.objects[CACERTS]["data"]
    assert scene.api.objects[CACERTS]["data"]["ca-crl.pem"] == "Y3Js"


def test_a_run_that_ended_before_istiod_was_ready_is_gone_on_with(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.stuck = True
    with pytest.raises(PartialFailure, match="istiod has not taken its roots of trust after") as raised:
        scene.run(inputs(OLD, NEW))
    assert (raised.value.id, raised.value.inputs is not None) == ("istio-system/cacerts", True)
    assert "key" not in raised.value.outputs
    assert "nobody trusts yet" in scene.refused(inputs(OLD, NEW, issuer=OF_NEW))
    scene.before = raised.value.outputs, raised.value.inputs
    scene.api.stuck = False
    scene.api.runs()
    scene.run(inputs(OLD, NEW))
    assert {OLD.pem, NEW.pem} == split(scene.api.told())


def test_what_others_write_is_drift_which_the_next_up_repairs(scene: Scene) -> None:
    wanted = inputs(OLD, issuer=OF_OLD)
    outputs = scene.run(wanted)
    scene.api.runs()
    assert read(scene, wanted, outputs) == "in place"
    scene.api.objects[CACERTS]["data"] = data_of([OLD, NEW], OF_OLD)
    assert read(scene, wanted, outputs) == BY_OTHERS
    scene.run(wanted)
    assert scene.entry("root-cert.pem") == OLD.pem
    del scene.api.objects[CACERTS]
    assert read(scene, wanted, outputs) == "missing"
    scene.run(wanted)
    assert scene.entry("root-cert.pem") == OLD.pem


def test_entries_that_istiod_would_take_first_are_drift_and_it_restarts_once_they_are_gone(scene: Scene) -> None:
    wanted = inputs(OLD, issuer=OF_OLD)
    outputs = scene.run(wanted)
    scene.api.runs()
    entry = data_of([OLD], OF_OLD)["ca-cert.pem"]
    for added in ({"istio-generated": ""}, {"tls.crt": entry, "tls.key": "eA==", "ca.crt": entry}):
        scene.api.objects[CACERTS]["data"] |= added
        assert read(scene, wanted, outputs) == BY_OTHERS
        scene.run(wanted)
        assert read(scene, wanted, outputs) == "in place"
    assert len(scene.api.restarts) == len(set(scene.api.restarts)) == 2


def test_istiods_of_others_in_the_namespace_restart_too_and_may_be_unready(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.api.objects[f"{DEPLOYMENT}-theirs"] = {
        "metadata": {"name": "istiod-theirs", "generation": 1, "labels": {"app": "istiod"}},
        "spec": {"replicas": 1, "template": {"metadata": {}}},
        "status": {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 0, "observedGeneration": 1},
    }
    assert "these restart as well" in (said := scene.preview(inputs(OLD, NEW))) and "istiod-theirs in name" in said
    scene.run(inputs(OLD, NEW))
    assert scene.api.objects[f"{DEPLOYMENT}-theirs"]["spec"]["template"]["metadata"]["annotations"]


def test_where_others_istiod_runs_alone_nobody_waits_for_it(scene: Scene) -> None:
    scene.api.objects[OWN] = {"metadata": {"name": "istio-ca-secret"}, "data": data_of([OLD], OLD)}
    scene.api.runs()
    scene.api.stuck = True
    scene.run(inputs(OLD, NEW, istiods=["istiod-canary"]))
    assert split(scene.api.told()) == {OLD.pem}
    assert len(scene.api.restarts) == 1


def test_a_repair_that_was_killed_before_the_restart_is_gone_on_with(scene: Scene) -> None:
    wanted = inputs(OLD, issuer=OF_OLD)
    scene.run(wanted)
    scene.api.runs()
    scene.api.objects[CACERTS]["data"]["istio-generated"] = ""
    scene.api.stuck = True
    with pytest.raises(PartialFailure):
        scene.run(wanted)
    with pytest.raises(PartialFailure):
        scene.run(wanted)
    assert len(scene.api.restarts) == 1


def test_a_secret_that_istiod_issues_by_stays_and_goes_once_istiod_is_gone(scene: Scene) -> None:
    wanted = inputs(OLD, issuer=OF_OLD)
    outputs = scene.run(wanted)
    scene.api.runs()
    scene.resource.delete("istio-system/cacerts", outputs, wanted, scene.operation())
    assert CACERTS in scene.api.objects and "stays, since istiod issues by it" in scene.said[-1]
    del scene.api.objects[DEPLOYMENT]
    scene.resource.delete("istio-system/cacerts", outputs, wanted, scene.operation())
    assert CACERTS not in scene.api.objects


def test_a_preview_that_may_not_read_or_does_not_know_the_roots_shows_what_it_knows(scene: Scene) -> None:
    scene.api.forbidden = "secrets"
    assert scene.run(inputs(OLD, issuer=OF_OLD), preview=True)["root"] == OLD.pem
    assert "only `up` will say" in scene.said[0]
    unknown = {**inputs(OLD, issuer=OF_OLD), "roots": [UNKNOWN]}
    assert scene.run(unknown, preview=True)["root"] is UNKNOWN


def test_a_preview_has_the_cluster_check_what_will_be_written(scene: Scene) -> None:
    scene.preview(inputs(OLD, issuer=OF_OLD))
    assert scene.api.asked("DRY") == ["/api/v1/namespaces/istio-system/secrets"]


def test_a_mesh_whose_root_has_ended_gets_another_at_once(by_own_root: Scene) -> None:
    ended = authority("ended root", timedelta(days=-1))
    by_own_root.api.objects[OWN]["data"] = data_of([ended], ended)
    by_own_root.api.runs()
    by_own_root.run(inputs(NEW, issuer=OF_NEW))
    assert split(by_own_root.api.told()) == {NEW.pem}


def read(scene: Scene, wanted: dict[str, Any], outputs: dict[str, Any]) -> str:
    """What a refresh says of the Secret."""
    return str(scene.resource.read("istio-system/cacerts", wanted, outputs, scene.operation()).inputs["state"])


def split(bundle: str) -> set[str]:
    """The certificates of a PEM text."""
    end = "-----END CERTIFICATE-----\n"
    return {f"{one}{end}" for one in bundle.split(end) if one}


def name(root: Authority) -> str:
    """What messages call a root."""
    return name_of(root.certificate)


def test_an_issuer_that_a_failed_run_left_may_have_issued(by_own_root: Scene) -> None:
    scene = by_own_root
    scene.run(inputs(OLD, NEW))
    scene.api.stuck = True
    with pytest.raises(PartialFailure):
        scene.run(inputs(OLD, NEW, issuer=OF_NEW))
    scene.api.stuck = False
    scene.api.runs()
    scene.run(inputs(OLD, NEW, issuer=OLD))
    assert f"{name(NEW)} is still needed" in scene.refused(inputs(OLD, issuer=OLD))
