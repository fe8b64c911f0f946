"""The Join from create to delete, against a stand-in machine and a stand-in cluster."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from meshx.cluster.cluster_client import cluster_of
from meshx.cluster.registration import OUT_OF_SERVICE
from meshx.config.values.certificates import fingerprint
from meshx.machine import taking_part
from meshx.plugin_base.custom_resource import Operation, PartialFailure, ResourceError, Severity
from meshx.plugin_base.property_values import UNKNOWN, Properties
from meshx.provider.join_resource import JoinResource
from tests.unit.stand_ins.api_stand_in import TOKEN, StandInApi
from tests.unit.stand_ins.certificates_for_tests import Authority, authority
from tests.unit.stand_ins.machine_stand_in import SshServer, StandInMachine, blank_facts

IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
MESH = "defaultConfig:\n  readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1, failureThreshold: 1}\n"


@dataclass
class Scene:
    """A resource with its surroundings, and what it said."""

    resource: JoinResource
    machine: StandInMachine
    api: StandInApi
    root: Authority
    package: Path
    configuration: Properties
    said: list[tuple[Severity, str]] = field(default_factory=list)

    def inputs(self, **differences: Any) -> Properties:
        """The inputs of a machine with ports, checked."""
        files = {
            "/etc/certs/root-cert.pem": self.root.pem,
            "/etc/istio/config/mesh": MESH,
            "/var/lib/meshx/sidecar/cluster.env": "A='1'\n",
        }
        inputs: Properties = {
            "machine": "vm-1",
            "namespace": "vm",
            "serviceAccount": "vmhttp",
            "connection": {
                "host": "127.0.0.1",
                "port": float(self.machine.port),
                "user": "root",
                "hostKey": self.machine.host_key,
                "connectTimeoutSeconds": 5.0,
            },
            "bundle": {
                "files": {
                    path: {"content": text, "owner": "root:root", "mode": "0644"} for path, text in files.items()
                },
                "hosts": {"istiod.istio-system.svc": "10.77.0.200"},
                "unit": {"name": "istio", "enabled": True, "active": True},
                "package": {"name": "istio-sidecar", "source": str(self.package), "sha256": SUM_OF_PACKAGE},
                "packetRules": "in place",
                "upkeep": "in place",
                "certificate": "valid",
            },
            "workloadEntry": "vm-1",
            "drainSeconds": 0.0,
            **differences,
        }
        checked, failures = self.resource.check(inputs, None, self.operation())
        assert failures == []
        return dict(checked)

    def operation(self, preview: bool = False) -> Operation:
        """One call of the engine."""
        return Operation("urn", "meshx:index:Join", "vm-1", preview, log=lambda *said: self.said.append(said))

    def create(self, inputs: Properties | None = None) -> Properties:
        """The state after a create."""
        return dict(self.resource.create(inputs or self.inputs(), self.operation())[1])

    def warnings(self) -> str:
        """All warnings so far."""
        return "\n".join(text for severity, text in self.said if severity is Severity.WARNING)

    def signed(self, identity: str = IDENTITY, **times: timedelta) -> None:
        """Have the machine get a certificate once it joins."""
        chain = self.root.sign(identity, **times)
        self.machine.after_join = lambda machine: machine.facts.update({"certificate": chain})


PACKAGE = b"a package"
SUM_OF_PACKAGE = "c0cd5ccfdb563a59366e33e73001b78fdb8cca5a6c48e2f90fffcde44b81f1f6"


@pytest.fixture
def scene(
    ssh_server: SshServer, machine: StandInMachine, api: StandInApi, client_key: asyncssh.SSHKey, tmp_path: Path
) -> Scene:
    package = tmp_path / "istio-sidecar.deb"
    package.write_bytes(PACKAGE)
    configuration = {
        "kubeconfigFile": str(api.kubeconfig(tmp_path)),
        "context": "tests",
        "sshPrivateKey": client_key.export_private_key().decode(),
    }
    resource = JoinResource(configuration)
    api.entry("vm/vm-1")
    machine.after_restart = api.hear_of_all
    scene = Scene(resource, machine, api, authority(), package, configuration)
    scene.signed()
    return scene


def test_a_blank_machine_gets_package_token_and_files_and_takes_part(scene):
    state = scene.create()
    delivery = scene.machine.delivered("join.sh")
    assert delivery.members["disk/package"] == PACKAGE
    assert delivery.members["token"].decode() == TOKEN
    assert delivery.members["hosts"] == b"10.77.0.200 istiod.istio-system.svc\n"
    assert (state["observed"], state["machineId"], state["packageVersion"]) == ("ok", "m-1", "1.31.0")
    assert state["certificateEnd"].endswith("Z")


def test_neither_token_nor_key_comes_near_state_log_or_command(scene, client_key):
    state = scene.create()
    told = json.dumps(state) + repr(scene.said) + "".join(delivery.command for delivery in scene.machine.received)
    assert TOKEN not in told
    assert client_key.export_private_key().decode().splitlines()[1] not in told


@pytest.mark.parametrize(("asked", "logins"), [(None, 0), (True, 1)])
def test_a_preview_logs_in_to_a_new_machine_only_if_asked_and_touches_neither_it_nor_the_cluster(scene, asked, logins):
    inputs = scene.inputs()
    resource = JoinResource({**scene.configuration, "lookInPreviews": asked})
    _, planned = resource.create(inputs, scene.operation(preview=True))
    updated = resource.update("vm-1", inputs, inputs, inputs, scene.operation(preview=True))
    assert planned["bundle"] == inputs["bundle"]
    assert planned["machineId"] is UNKNOWN
    assert updated["certificateEnd"] is UNKNOWN
    assert (scene.machine.scripts, scene.machine.logins, scene.api.requests) == (["observe.sh"] * logins, logins, [])
    assert [words[-1] for words in scene.said] == ["vm-1: the update changes nothing on the machine"]


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ({"drainSeconds": 7}, "changes nothing on the machine"),
        ({"hosts": {"istiod.istio-system.svc": "10.77.0.201"}}, "places files"),
        (
            {"files": {"/etc/istio/config/mesh": {"content": "B='1'\n", "owner": "root:root", "mode": "0644"}}},
            "restarts the sidecar",
        ),
        ({"serviceAccount": "web"}, "has the machine rejoin"),
        ({"hosts": {"istiod.istio-system.svc": UNKNOWN}}, ""),
    ],
)
def test_a_preview_says_what_an_update_does_to_the_machine_once_that_is_known(scene, differences, words):
    old = scene.inputs()
    of_bundle = {key: value for key, value in differences.items() if key in old["bundle"]}
    rest = {key: value for key, value in differences.items() if key not in of_bundle}
    new = scene.inputs(**rest, bundle={**old["bundle"], **of_bundle})
    scene.resource.update("vm-1", old, old, new, scene.operation(preview=True))
    said = " ".join(str(line[-1]) for line in scene.said)
    assert said.startswith(f"vm-1: the update {words}") if words else said == ""


def test_a_preview_says_nothing_of_a_machine_that_nobody_has_seen_since_its_join_failed(scene):
    scene.machine.answers["join.sh"] = (5, "", "no disk")
    with pytest.raises(PartialFailure) as failed:
        scene.create()
    state = dict(failed.value.outputs)
    scene.said.clear()
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(), scene.operation(preview=True))
    assert scene.said == []


def test_a_machine_that_has_everything_is_only_looked_at(scene):
    state = scene.create()
    scene.machine.received.clear()
    moved = scene.inputs(connection={**scene.inputs()["connection"], "connectTimeoutSeconds": 7.0})
    scene.resource.update("vm-1", state, scene.inputs(), moved, scene.operation())
    assert set(scene.machine.scripts) == {"observe.sh"}


def test_no_token_is_asked_for_while_the_certificate_holds(scene):
    state = scene.create()
    scene.api.requests.clear()
    changed = scene.inputs()
    changed["bundle"]["hosts"] = {"istiod.istio-system.svc": "10.77.0.201"}
    scene.resource.update("vm-1", state, scene.inputs(), changed, scene.operation())
    assert scene.api.asked("POST") == []
    delivery = scene.machine.delivered("join.sh")
    assert not {"token", "disk/package", "reset-certificate"} & delivery.members.keys()


def test_a_package_of_the_same_sum_at_another_address_is_neither_fetched_nor_installed_again(scene):
    state = scene.create()
    moved = scene.inputs()
    moved["bundle"]["package"]["source"] = "https://packages.example.com/gone/istio-sidecar.deb"
    diff = scene.resource.diff("vm-1", state, scene.inputs(), moved, scene.operation())
    assert (diff.changes, list(diff.replaces)) == (True, [])
    scene.resource.update("vm-1", state, scene.inputs(), moved, scene.operation())
    assert scene.machine.scripts.count("join.sh") == 1


def test_a_certificate_that_has_ended_is_given_up_for_a_fresh_token(scene):
    scene.signed(ends_in=timedelta(seconds=-1))
    state = scene.create()
    scene.machine.facts.pop("token.end")
    scene.signed()
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(), scene.operation())
    first, second = [delivery.members for delivery in scene.machine.received if delivery.name == "join.sh"][-2:]
    assert {"token", "reset-certificate", "hold-restart"} <= first.keys()
    assert "disk/package" not in first
    assert not {"token", "reset-certificate", "hold-restart"} & second.keys()


def test_a_package_that_the_machine_turns_out_to_lack_is_sent_after_all(scene):
    state = scene.create()
    answers = iter([(10, "", ""), (0, "unit started\n", "")])
    original = scene.machine.answer
    scene.machine.answer = lambda delivery: next(answers) if delivery.name == "join.sh" else original(delivery)
    scene.machine.facts["unit.active"] = b"failed"
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(), scene.operation())
    sent = [delivery for delivery in scene.machine.received if delivery.name == "join.sh"][-2:]
    assert ["disk/package" in delivery.members for delivery in sent] == [False, True]


def of_kinds(scene: Scene, *kinds: str) -> dict[str, Any]:
    """The inputs with that package for machines of each of those kinds, and others beside it."""
    inputs = scene.inputs()
    package = inputs["bundle"]["package"]
    other = {"source": "gone.deb", "sha256": "0" * 64}
    named = {kind: {"source": package["source"], "sha256": package["sha256"]} for kind in kinds}
    inputs["bundle"]["package"] = {"name": package["name"], "kinds": {"deb/arm64": other, **named}}
    return inputs


def test_of_packages_for_each_kind_a_machine_gets_the_one_for_what_it_is(scene):
    scene.machine.facts["package.kind"] = b"rpm/amd64"
    scene.create(of_kinds(scene, "rpm/amd64"))
    members = scene.machine.delivered("join.sh").members
    assert members["disk/package"] == PACKAGE
    assert members["package"].decode() == f"istio-sidecar {SUM_OF_PACKAGE}\n"


def test_a_machine_that_no_package_is_named_for_is_refused_with_the_key_to_write(scene):
    scene.machine.facts["package.kind"] = b"rpm/arm64"
    with pytest.raises(
        ResourceError, match=r"names those for deb/amd64, deb/arm64: write sidecar.rpm.arm64 with"
    ) as told:
        scene.create(of_kinds(scene, "deb/amd64"))
    assert not isinstance(told.value, PartialFailure)
    assert "join.sh" not in scene.machine.scripts


def test_a_session_lost_while_joining_is_taken_up_again(scene):
    scene.machine.hang_up_on = "join.sh"
    assert scene.create()["observed"] == "ok"
    assert scene.machine.scripts.count("join.sh") == 2


def test_a_package_with_another_sum_is_refused_before_anything_is_changed(scene):
    scene.package.write_bytes(b"another package")
    with pytest.raises(ResourceError, match=r"is configured: correct meshx:sidecar.sha256") as refused:
        scene.create()
    assert not isinstance(refused.value, PartialFailure)
    assert "join.sh" not in scene.machine.scripts


def test_a_package_that_the_machine_asks_for_and_that_is_not_to_be_had_leaves_nothing_in_the_state(scene):
    # Asked for before anything is touched (join.sh), of a machine that looked as if it had it.
    scene.machine.facts |= {"package.status": b"ii  1.31.0", "package.sha256": SUM_OF_PACKAGE.encode()}
    scene.machine.facts["package.recorded-version"] = b"1.31.0"
    scene.machine.answers["join.sh"] = (10, "", "")
    scene.package.unlink()
    with pytest.raises(ResourceError, match=r"vm-1: the sidecar's package .* is not there") as refused:
        scene.create()
    assert not isinstance(refused.value, PartialFailure)
    assert scene.machine.scripts.count("join.sh") == 1


def test_a_machine_that_is_unfit_leaves_nothing_in_the_state(scene):
    scene.machine.answers["join.sh"] = (3, "", "problem: sudo is missing: apt-get install -y sudo\n")
    with pytest.raises(ResourceError, match="sudo is missing") as refused:
        scene.create()
    assert not isinstance(refused.value, PartialFailure)


def test_no_permission_for_a_token_names_the_account_and_leaves_nothing(scene):
    scene.api.forbidden = "/token"
    with pytest.raises(ResourceError, match=r"a token for service account vm/vmhttp: .*right to it") as refused:
        scene.create()
    assert not isinstance(refused.value, PartialFailure)


def test_a_join_that_fails_half_way_stays_in_the_state_to_be_taken_out(scene):
    scene.machine.answers["join.sh"] = (4, "", "dpkg: error\n")
    with pytest.raises(PartialFailure, match="dpkg: error") as failed:
        scene.create()
    assert failed.value.id == "vm-1"


def test_a_proxy_that_does_not_get_ready_is_told_with_its_last_words(scene, monkeypatch):
    monkeypatch.setattr(taking_part, "READY_SECONDS", 0.5)
    scene.machine.after_join = lambda machine: machine.facts.update({"ready": b"503", "log": b"connection refused"})
    with pytest.raises(PartialFailure, match=r"(?s)not ready .*connection refused.*10.77.0.200"):
        scene.create()


def test_a_failing_probe_is_a_warning_and_not_a_failure(scene, monkeypatch):
    monkeypatch.setattr(taking_part, "FAILED_PROBE_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=False)
    assert scene.create()["observed"] == "ok"
    assert "its probe fails and nobody calls it: connection refused" in scene.warnings()


def test_an_entry_whose_health_nobody_asks_for_is_not_waited_for(scene):
    scene.api.entry("vm/vm-1", healthy=None, checked=False)
    assert scene.create()["observed"] == "ok"


def test_istiods_silence_is_an_error_in_the_end(scene, monkeypatch):
    monkeypatch.setattr(taking_part, "UNHEARD_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=None)
    with pytest.raises(PartialFailure, match="no word of its health for WorkloadEntry vm/vm-1"):
        scene.create()


def test_an_entry_made_anew_is_heard_of_over_a_new_connection_without_a_restart(scene, monkeypatch):
    state = scene.create()
    monkeypatch.setattr(taking_part, "KNOWN_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=None)
    scene.machine.received.clear()

    def reconnect():
        scene.api.entry("vm/vm-1")
        return "connection to istiod opened anew\n"

    scene.machine.reconnect = reconnect
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(), scene.operation())
    assert scene.machine.delivered("reconnect.sh").members["port"] == b"15012\n"
    assert "join.sh" not in scene.machine.scripts


def test_an_entry_made_anew_is_heard_of_after_one_restart_where_no_connection_can_be_broken(scene, monkeypatch):
    state = scene.create()
    monkeypatch.setattr(taking_part, "KNOWN_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=None)
    scene.machine.after_join = lambda machine: scene.api.entry("vm/vm-1")
    scene.resource.update("vm-1", state, scene.inputs(), scene.inputs(), scene.operation())
    assert "restart" in scene.machine.delivered("join.sh").members


def test_an_entry_whose_tie_to_istiod_somebody_removed_is_heard_of_after_one_restart(scene, monkeypatch):
    state = scene.create()
    monkeypatch.setattr(taking_part, "KNOWN_SECONDS", 0.3)
    del scene.api.entries["vm/vm-1"]["metadata"]["annotations"]["istio.io/workloadController"]
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert read.inputs["entryState"] == "istiod takes no report for it"
    scene.machine.after_join = lambda machine: scene.api.entry("vm/vm-1")
    scene.resource.update("vm-1", state, read.inputs, scene.inputs(), scene.operation())
    assert "restart" in scene.machine.delivered("join.sh").members


def test_a_report_that_istiod_dropped_is_made_anew_by_one_more_restart(scene, monkeypatch):
    monkeypatch.setattr(taking_part, "UNHEARD_SECONDS", 0.3)
    scene.api.entry("vm/vm-1", healthy=None)
    restarts = []

    def restart():
        restarts.append(True)
        if len(restarts) == 2:
            scene.api.entry("vm/vm-1")

    scene.machine.after_restart = restart
    assert scene.create()["observed"] == "ok"
    assert len(restarts) == 2


def test_a_caller_without_an_entry_asks_istiod_nothing(scene):
    inputs = scene.inputs()
    del inputs["workloadEntry"]
    scene.create(inputs)
    assert scene.api.asked("GET") == []


def test_a_refresh_shows_what_differs_and_the_next_update_repairs_just_that(scene):
    state = scene.create()
    scene.machine.facts["host istiod.istio-system.svc"] = b"10.9.9.9"
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    diff = scene.resource.diff("vm-1", read.outputs, read.inputs, scene.inputs(), scene.operation())
    assert list(diff.detailed) == ['bundle.hosts["istiod.istio-system.svc"]']
    scene.resource.update("vm-1", read.outputs, read.inputs, scene.inputs(), scene.operation())
    assert scene.machine.facts["host istiod.istio-system.svc"] == b"10.77.0.200"
    assert "disk/package" not in scene.machine.delivered("join.sh").members


def test_a_refresh_of_a_machine_as_it_should_be_shows_nothing(scene):
    state = scene.create()
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert (read.inputs, read.outputs) == (scene.inputs(), state)


def test_a_refresh_notes_by_which_root_a_machines_certificate_is_for_whoever_replaces_roots(scene):
    state = scene.create()
    scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    seen = cluster_of(scene.configuration).api.machine_roots
    assert seen == {"vm-1": fingerprint(scene.root.certificate)}


def test_a_refresh_tells_who_wrote_over_what_the_mesh_has_there_and_that_is_no_change(scene):
    state = scene.create()
    words = ["/etc/hosts was written at 2026-11-29T18:20:01Z by cloud-init.service; the mesh's lines were put back"]
    scene.machine.facts["put-back"] = "\n".join([*words, "packet rules were gone"]).encode()
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert (read.inputs, read.outputs) == (scene.inputs(), state)
    assert [text for _, text in scene.said[-2:]] == [f"vm-1: {words[0]}", "vm-1: packet rules were gone"]


def test_a_machine_that_an_older_meshx_joined_previews_what_keeps_it_in_the_mesh_and_gets_that(scene):
    state = scene.create()
    del state["bundle"]["upkeep"]
    old = scene.inputs()
    del old["bundle"]["upkeep"]
    scene.machine.facts["upkeep"] = b"/var/lib/meshx/upkeep/upkeep.sh is missing or changed"
    read = scene.resource.read("vm-1", old, state, scene.operation())
    assert (read.inputs, read.outputs) == (old, state)
    diff = scene.resource.diff("vm-1", state, old, scene.inputs(), scene.operation())
    assert list(diff.detailed) == ["bundle.upkeep"]
    scene.machine.received.clear()
    scene.resource.update("vm-1", state, old, scene.inputs(), scene.operation())
    delivery = scene.machine.delivered("join.sh")
    assert {"upkeep.sh", "meshx-upkeep.timer"} <= delivery.members.keys()
    assert not {"token", "disk/package", "restart"} & delivery.members.keys()


@pytest.mark.parametrize(("health", "words"), [("gone", "absent"), (None, "not connected to istiod")])
def test_a_refresh_says_where_istiod_cannot_tie_the_machine_to_its_entry(scene, health, words):
    state = scene.create()
    if health == "gone":
        scene.api.entries.clear()
    else:
        scene.api.entry("vm/vm-1", healthy=None)
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert (read.inputs["workloadEntry"], read.inputs["entryState"]) == ("vm-1", words)
    diff = scene.resource.diff("vm-1", read.outputs, read.inputs, scene.inputs(), scene.operation())
    assert list(diff.detailed) == ["entryState"]
    again = scene.resource.read("vm-1", read.inputs, read.outputs, scene.operation())
    assert again.inputs["entryState"] == words
    scene.api.entry("vm/vm-1")
    healed = scene.resource.read("vm-1", again.inputs, again.outputs, scene.operation())
    assert (healed.inputs, healed.outputs) == (scene.inputs(), state)


def test_a_state_with_words_behind_the_entrys_name_is_read_refreshed_and_previews_empty(scene):
    state = scene.create()
    old = {**scene.inputs(), "workloadEntry": "vm-1 (not connected to istiod)"}
    diff = scene.resource.diff("vm-1", {**state, **old}, old, scene.inputs(), scene.operation())
    assert list(diff.detailed) == ["entryState"], "it is still to be repaired"
    scene.api.entry("vm/vm-1", healthy=None)
    same = scene.resource.read("vm-1", old, {**state, **old}, scene.operation())
    refreshed = scene.resource.diff("vm-1", same.outputs, same.inputs, old, scene.operation())
    assert not refreshed.changes, "the engine compares a refresh so, and nothing is otherwise than it was"
    scene.api.entry("vm/vm-1")
    read = scene.resource.read("vm-1", old, {**state, **old}, scene.operation())
    assert (read.inputs, read.outputs) == (scene.inputs(), state)
    assert not scene.resource.diff("vm-1", read.outputs, read.inputs, scene.inputs(), scene.operation()).changes
    assert scene.resource.update("vm-1", {**state, **old}, old, scene.inputs(), scene.operation()) == state
    scene.resource.delete("vm-1", {**state, **old}, old, scene.operation())
    assert scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "False"


def test_a_proxy_that_has_just_connected_may_still_be_unheard_of(scene):
    state = scene.create()
    scene.api.entry("vm/vm-1", healthy=None, connected_at=f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%S}.1Z")
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert "entryState" not in read.inputs
    scene.api.entry("vm/vm-1", healthy=None, connected_at="2026-01-01T00:00:00Z")
    read = scene.resource.read("vm-1", scene.inputs(), state, scene.operation())
    assert read.inputs["entryState"] == "no word of its health at istiod"


def test_a_machine_out_of_reach_keeps_its_state_and_stops_nothing(scene):
    state = scene.create()
    away = scene.inputs()
    away["connection"]["hostKey"] = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    read = scene.resource.read("vm-1", away, state, scene.operation())
    assert read.id == "vm-1"
    assert read.inputs == away
    assert read.outputs == state, "what was not looked at is no change"
    assert "vm-1 was not looked at" in scene.warnings()


def test_a_machine_that_answers_nonsense_stops_nothing_either(scene):
    state = scene.create()
    scene.machine.answers["observe.sh"] = (0, "Welcome!\n", "")
    assert scene.resource.read("vm-1", scene.inputs(), state, scene.operation()).outputs == state
    assert "the machine's answer makes no sense" in scene.warnings()


def test_only_another_name_is_another_machine(scene):
    old = scene.inputs()
    other = scene.inputs(machine="vm-9", namespace="ns", serviceAccount="sa")
    diff = scene.resource.diff("vm-1", old, old, other, scene.operation())
    assert (diff.replaces, diff.delete_before_replace) == (["machine"], True)
    assert set(diff.detailed) == {"machine", "namespace", "serviceAccount"}


def test_another_identity_leaves_first_and_joins_anew(scene):
    state = scene.create()
    scene.machine.received.clear()
    scene.api.entry("shop/vm-1")
    scene.machine.after_restart = lambda: None
    scene.signed("spiffe://cluster.local/ns/shop/sa/cart")
    moved = scene.inputs(namespace="shop", serviceAccount="cart")
    scene.resource.update("vm-1", state, scene.inputs(), moved, scene.operation())
    changing = [name for name in scene.machine.scripts if name != "observe.sh"]
    assert changing == ["leave.sh", "join.sh"]
    assert scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "False"
    assert any("namespaces/shop/serviceaccounts/cart/token" in path for path in scene.api.asked("POST"))


def test_another_machine_behind_the_same_name_joins_and_does_not_leave(scene):
    state = scene.create()
    scene.machine.received.clear()
    scene.machine.facts = blank_facts("m-2")
    scene.api.entry("shop/vm-1")
    scene.signed("spiffe://cluster.local/ns/shop/sa/cart")
    moved = scene.inputs(namespace="shop", serviceAccount="cart")
    updated = scene.resource.update("vm-1", state, scene.inputs(), moved, scene.operation())
    assert "leave.sh" not in scene.machine.scripts
    assert updated["machineId"] == "m-2"


def test_leaving_tells_the_callers_before_it_touches_the_machine(scene):
    state = scene.create()
    scene.machine.received.clear()
    scene.resource.delete("vm-1", state, scene.inputs(), scene.operation())
    assert scene.api.entries["vm/vm-1"]["status"]["conditions"][0]["status"] == "False"
    assert scene.machine.scripts == ["observe.sh", "leave.sh"]


def test_a_machine_that_joined_under_another_name_since_is_left_alone_by_the_former(scene):
    state = scene.create(scene.inputs(beforeLeaving="stop"))
    scene.api.entry("vm/web-1")
    renamed = scene.inputs(machine="web-1", workloadEntry="web-1")
    renamed_state = scene.create(renamed)
    scene.machine.received.clear()
    scene.resource.delete("vm-1", state, scene.inputs(beforeLeaving="stop"), scene.operation())
    assert scene.machine.scripts == ["observe.sh"]
    assert scene.said[-1] == (Severity.INFO, "vm-1 stays in the mesh, where it is web-1 now")
    scene.resource.delete("web-1", renamed_state, renamed, scene.operation())
    assert scene.machine.scripts[-1] == "leave.sh"


def test_callers_are_told_by_no_clock_that_istiod_would_hold_later_reports_against(scene):
    state = scene.create()
    scene.resource.delete("vm-1", state, scene.inputs(), scene.operation())
    (condition,) = scene.api.entries["vm/vm-1"]["status"]["conditions"]
    assert "lastProbeTime" not in condition


def test_what_stays_on_a_machine_that_leaves_is_told(scene):
    state = scene.create()
    scene.machine.answers["leave.sh"] = (0, "package istio-sidecar was there before and stays\nleft\n", "")
    scene.resource.delete("vm-1", state, scene.inputs(), scene.operation())
    assert scene.said[-1] == (Severity.INFO, "vm-1: package istio-sidecar was there before and stays")


def test_leaving_goes_on_where_the_cluster_is_gone(scene):
    state = scene.create()
    scene.api.forbidden = "workloadentries"
    scene.resource.delete("vm-1", state, scene.inputs(), scene.operation())
    assert scene.machine.scripts[-1] == "leave.sh"
    assert "leaves without its callers being told" in scene.warnings()


def test_how_a_machine_is_to_leave_is_noted_though_it_cannot_be_reached(scene):
    state = scene.create()
    away = scene.inputs(connection={**scene.inputs()["connection"], "user": "nobody"})
    forgotten = {**away, "onUnreachable": "forget", "heldSeconds": 60.0}
    assert scene.resource.update("vm-1", {**state, **away}, away, forgotten, scene.operation()) == state | forgotten
    assert "does not let user nobody in" in scene.warnings()
    for more in (away, {**forgotten, "workloadEntry": "other"}):
        with pytest.raises(ResourceError, match="does not let user nobody in"):
            scene.resource.update("vm-1", {**state, **away}, away, more, scene.operation())


def test_leaving_a_machine_out_of_reach_fails_or_forgets_as_configured(scene):
    state = scene.create()
    away = scene.inputs()
    away["connection"]["user"] = "nobody"
    with pytest.raises(ResourceError, match=r"(?s)does not let user nobody in.*onUnreachable: forget"):
        scene.resource.delete("vm-1", state, away, scene.operation())
    scene.resource.delete("vm-1", state, {**away, "onUnreachable": "forget"}, scene.operation())
    assert "It is forgotten, as configured" in scene.warnings()


def test_inputs_that_are_missing_or_wrong_are_all_named(scene):
    wrong = {"machine": "vm-1", "connection": {"host": "h", "user": "u"}, "bundle": UNKNOWN, "onUnreachable": "ignore"}
    _, failures = scene.resource.check(wrong, None, scene.operation())
    assert {failure.property for failure in failures} == {
        "namespace", "serviceAccount", "connection.hostKey", "onUnreachable",
    }  # fmt: skip


def test_a_proxy_that_serves_restarts_only_once_its_callers_were_told(scene):
    old = scene.inputs()
    state = scene.create(old)
    told_at: list[int] = []
    scene.machine.after_restart = lambda: (told_at.append(len(scene.api.asked("PATCH"))), scene.api.hear_of_all())
    changed = scene.inputs(
        bundle={**old["bundle"], "hosts": {"istiod.istio-system.svc": "10.77.0.201"}},
    )
    scene.resource.update("vm-1", state, old, changed, scene.operation())
    first, second = [delivery for delivery in scene.machine.received if delivery.name == "join.sh"][-2:]
    assert "hold-restart" in first.members
    assert "hold-restart" not in second.members
    assert told_at == [2], "the entry's annotation and condition come first"


def test_a_machine_that_nobody_probes_restarts_without_a_word_that_would_stay(scene):
    scene.api.entry("vm/vm-1", checked=False)
    old = scene.inputs()
    state = scene.create(old)
    changed = scene.inputs(bundle={**old["bundle"], "hosts": {"istiod.istio-system.svc": "10.77.0.201"}})
    scene.resource.update("vm-1", state, old, changed, scene.operation())
    assert scene.api.asked("PATCH") == []


def test_a_refresh_names_a_machine_that_was_left_out_of_service(scene):
    inputs = scene.inputs()
    state = scene.create(inputs)
    scene.api.entries["vm/vm-1"]["status"]["conditions"][0].update(status="False", message=OUT_OF_SERVICE)
    read = scene.resource.read("vm-1", inputs, state, scene.operation())
    assert read.inputs["entryState"] == "taken out of service by meshx"
