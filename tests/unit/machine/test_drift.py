"""What a machine has, beside what it should have."""

import base64
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from meshx.cluster.certificate import read_chain
from meshx.machine.drift import found_bundle, identity_state
from meshx.machine.join_inputs import join_inputs
from meshx.machine.observation import FoundFile, FoundPackage, Observation, read_observation
from tests.unit.stand_ins.certificates_for_tests import authority

ROOT = authority()
IDENTITY = "spiffe://cluster.local/ns/vm/sa/vmhttp"
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
ROOT_FILE = "/etc/certs/root-cert.pem"
INPUTS = join_inputs(
    {
        "machine": "vm-1",
        "namespace": "vm",
        "serviceAccount": "vmhttp",
        "connection": {"host": "h", "user": "root", "hostKey": ""},
        "bundle": {
            "files": {
                CLUSTER_ENV: {"content": "A='1'\n", "owner": "root:root", "mode": "0644"},
                ROOT_FILE: {"content": ROOT.pem, "owner": "root:root", "mode": "0644"},
            },
            "folders": {"/var/lib/istio/envoy": {"owner": "root:root", "mode": "0755"}},
            "hosts": {"istiod.istio-system.svc": "10.77.0.200"},
            "unit": {"name": "istio", "enabled": True, "active": True},
            "package": {"name": "istio-sidecar", "source": "s", "sha256": "ab"},
            "packetRules": "in place",
            "upkeep": "in place",
            "certificate": "valid",
        },
    }
)
HEALTHY = Observation(
    machine_id="m-1",
    host_name="vm-1",
    clock=int(time.time()),
    joined=True,
    files={
        CLUSTER_ENV: FoundFile(b"A='1'\n", "root:root", "0644"),
        ROOT_FILE: FoundFile(ROOT.pem.encode(), "root:root", "0644"),
    },
    addresses={"istiod.istio-system.svc": "10.77.0.200"},
    unit_enabled=True,
    unit_state="active",
    package=FoundPackage("ii  1.31.0", "ab", "1.31.0", False),
    rules=frozenset({"ipv4"}),
    recorded_rules=frozenset({"ipv4"}),
    certificate=read_chain(ROOT.sign(IDENTITY)),
    token_end=None,
    ready=True,
    log="",
    upkeep="in place",
    modes={"/var/lib/istio/envoy": ("root:root", "0755")},
)


def found(**differences) -> dict:
    """What a refresh shows of the bundle where the machine differs so from a healthy one, by the part that differs."""
    bundle = found_bundle(INPUTS, replace(HEALTHY, **differences))
    return {key: value for key, value in bundle.items() if value != INPUTS.bundle[key]}


def test_a_healthy_machine_is_the_bundle_itself():
    assert found_bundle(INPUTS, HEALTHY) == INPUTS.bundle


def test_an_edited_file_is_shown_as_it_is():
    files = {**HEALTHY.files, CLUSTER_ENV: FoundFile(b"A='2'\n", "istio-proxy:root", "0666")}
    shown = found(files=files)["files"][CLUSTER_ENV]
    assert shown == {"content": "A='2'\n", "owner": "istio-proxy:root", "mode": "0666"}


def test_a_file_that_is_gone_is_not_there():
    assert set(found(files={ROOT_FILE: HEALTHY.files[ROOT_FILE]})["files"]) == {ROOT_FILE}


def test_blank_lines_in_the_root_certificate_are_no_difference():
    files = {**HEALTHY.files, ROOT_FILE: FoundFile(ROOT.pem.strip().encode() + b"\n\n", "root:root", "0644")}
    assert found(files=files) == {}


@pytest.mark.parametrize(
    ("owner", "mode", "differs"), [("istio-proxy:root", "0600", False), ("nobody:root", "0666", True)]
)
def test_a_root_certificate_that_the_agent_has_written_is_no_difference(owner, mode, differs):
    files = {**HEALTHY.files, ROOT_FILE: FoundFile(ROOT.pem.encode(), owner, mode)}
    assert bool(found(files=files)) is differs


@pytest.mark.parametrize(
    ("addresses", "shown"),
    [({"istiod.istio-system.svc": "10.9.9.9"}, {"istiod.istio-system.svc": "10.9.9.9"}), ({}, {})],
)
def test_a_name_that_leads_elsewhere_is_shown_with_its_address(addresses, shown):
    assert found(addresses=addresses) == {"hosts": shown}


@pytest.mark.parametrize("state", ["inactive", "failed", "activating"])
def test_a_unit_that_does_not_run_is_shown(state):
    assert found(unit_state=state)["unit"]["active"] is False


def test_settings_of_the_unit_that_are_not_as_they_were_put_there_are_shown():
    words = "/etc/systemd/system/istio.service.d/meshx.conf is missing"
    assert found(settings=words)["unit"]["settings"] == words


def test_a_unit_that_does_not_start_at_boot_is_shown():
    assert found(unit_enabled=False)["unit"] == {"name": "istio", "enabled": False, "active": True}


@pytest.mark.parametrize(
    ("package", "words"),
    [
        (FoundPackage("", "", "", False), "not installed"),
        (FoundPackage("iU  1.31.0", "ab", "1.31.0", False), "not installed (iU  1.31.0)"),
        (FoundPackage("ii  1.30.2", "", "", False), "version 1.30.2, installed by others"),
        (FoundPackage("ii  1.30.2", "ab", "1.31.0", False), "version 1.30.2, installed by others in place of 1.31.0"),
        (FoundPackage("ii  1.31.0", "ab", "1.31.0", True), "version 1.31.0, with files that others replaced"),
        (FoundPackage("ii  1.30.0", "cd", "1.30.0", False), ""),
    ],
)
def test_another_package_is_told_in_words(package, words):
    assert found(package=package)["package"].get("state", "") == words


@pytest.mark.parametrize(
    ("kind", "sha256", "words"),
    [
        ("rpm/amd64", "cd", ""),
        ("deb/amd64", "ab", ""),
        ("rpm/amd64", "ab", "version 1.31.0, with the SHA-256 ab"),
        ("rpm/arm64", "ab", "version 1.31.0; none is named for rpm/arm64"),
    ],
)
def test_of_packages_for_each_kind_the_one_counts_that_is_for_the_machine(kind, sha256, words):
    kinds = {"deb/amd64": {"source": "s.deb", "sha256": "ab"}, "rpm/amd64": {"source": "s.rpm", "sha256": "cd"}}
    wanted = replace(INPUTS, bundle={**INPUTS.bundle, "package": {"name": "istio-sidecar", "kinds": kinds}})
    seen = replace(HEALTHY, package=FoundPackage("ii  1.31.0", sha256, "1.31.0", False, kind))
    found = found_bundle(wanted, seen)["package"]
    assert found == {**wanted.bundle["package"], **({"state": words} if words else {})}
    missing = replace(HEALTHY, package=FoundPackage("", "", "", False, kind))
    assert found_bundle(wanted, missing)["package"]["state"] == "not installed"


def test_a_package_of_another_sum_is_shown_by_that_and_one_of_a_former_states_words_is_what_it_is():
    other = found(package=FoundPackage("ii  1.30.0", "cd", "1.30.0", False))["package"]
    assert other == {**INPUTS.bundle["package"], "sha256": "cd"}
    words = "version 1.30.2, installed by others"
    former = {**INPUTS.bundle["package"], "sha256": words}
    healthy = found_bundle(replace(INPUTS, bundle={**INPUTS.bundle, "package": former}), HEALTHY)
    assert healthy["package"] == INPUTS.bundle["package"]
    still = replace(HEALTHY, package=FoundPackage("ii  1.30.2", "", "", False))
    assert found_bundle(replace(INPUTS, bundle={**INPUTS.bundle, "package": former}), still)["package"] == former


@pytest.mark.parametrize(
    ("rules", "recorded", "words"),
    [
        (set(), {"ipv4"}, "missing (IPv4)"),
        (set(), {"ipv4", "ipv6"}, "missing (IPv4, IPv6)"),
        ({"ipv4"}, {"ipv4", "ipv6"}, "missing (IPv6)"),
        (set(), set(), "missing (IPv4)"),
    ],
)
def test_packet_rules_that_are_gone_are_told_by_family(rules, recorded, words):
    assert found(rules=frozenset(rules), recorded_rules=frozenset(recorded)) == {"packetRules": words}


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (b"", "none"),
        (ROOT.sign(IDENTITY, timedelta(seconds=-5)), "ended "),
        (
            ROOT.sign("spiffe://cluster.local/ns/vm/sa/other"),
            "of another identity: spiffe://cluster.local/ns/vm/sa/other",
        ),
        (authority().sign(IDENTITY), "signed by another authority than the cluster's"),
    ],
)
def test_a_certificate_that_istiod_will_not_take_is_told_in_words(chain, words):
    seen = replace(HEALTHY, certificate=read_chain(chain))
    assert found(certificate=read_chain(chain))["certificate"].startswith(words)
    assert not identity_state(INPUTS, seen).certificate_usable


def test_what_keeps_the_machine_in_the_mesh_is_missing_stopped_or_nobodys_matter():
    assert found(upkeep="")["upkeep"] == "missing"
    assert found(upkeep="meshx-upkeep.timer does not run")["upkeep"] == "meshx-upkeep.timer does not run"
    of_before = replace(INPUTS, bundle={key: value for key, value in INPUTS.bundle.items() if key != "upkeep"})
    assert found_bundle(of_before, replace(HEALTHY, upkeep="")) == of_before.bundle


def test_calls_past_the_proxy_are_told_where_the_ports_are_closed_or_are_to_be():
    closed = {"ports": [8080.0], "callsPastTheProxy": "refused"}
    wanted = replace(INPUTS, bundle={**INPUTS.bundle, "whenDown": closed})
    assert found_bundle(wanted, replace(HEALTHY, past_the_proxy="refused")) == wanted.bundle
    answered = found_bundle(wanted, replace(HEALTHY, past_the_proxy="answered: a table is missing"))
    assert answered["whenDown"] == {"ports": [8080.0], "callsPastTheProxy": "answered: a table is missing"}
    unwanted = found_bundle(INPUTS, replace(HEALTHY, past_the_proxy="refused, by a file"))
    assert unwanted["whenDown"] == {"callsPastTheProxy": "refused, by a file"}


def test_a_clock_that_is_ahead_ends_a_certificate():
    ahead = replace(HEALTHY, clock=HEALTHY.clock + 25 * 3600)
    assert identity_state(INPUTS, ahead).words.startswith("ended ")


@pytest.mark.parametrize(
    ("seconds", "root", "usable"),
    [(3600, ROOT.pem, True), (30, ROOT.pem, False), (-5, ROOT.pem, False), (3600, authority().pem, False)],
)
def test_a_token_is_of_use_while_it_lasts_and_for_the_cluster_that_gave_it(seconds, root, usable):
    files = {**HEALTHY.files, ROOT_FILE: FoundFile(root.encode(), "root:root", "0644")}
    seen = replace(HEALTHY, certificate=None, token_end=int(time.time()) + seconds, files=files)
    assert identity_state(INPUTS, seen).token_usable is usable


def test_what_the_script_prints_is_read_with_its_types():
    facts = {
        "machine-id": "m-7", "host-name": "vm", "time": "1700000000", "joined": "yes", "file.0.owner": "root:root",
        "file.0.mode": "0644", "file.0.content": "pem\n", "name.0": "", "unit.enabled": "enabled",
        "unit.active": "active", "upkeep": "in place", "package.status": "ii  1.31.0", "package.sha256": "ab",
        "package.recorded-version": "1.31.0", "package.touched": "no", "rules.recorded": "ipv4 ipv6",
        "rules.ipv4": "yes", "rules.ipv6": "no", "token.end": "1700003600", "ready": "200", "log": "",
        "when-down": "refused",
    }  # fmt: skip
    printed = "".join(f"{key} {base64.b64encode(value.encode()).decode()}\n" for key, value in facts.items())
    seen = read_observation(INPUTS, printed)
    assert seen.files == {ROOT_FILE: FoundFile(b"pem\n", "root:root", "0644")}
    assert (seen.addresses, seen.rules, seen.recorded_rules) == ({}, {"ipv4"}, {"ipv4", "ipv6"})
    assert (seen.machine_id, seen.clock, seen.token_end, seen.ready) == ("m-7", 1700000000, 1700003600, True)
    assert (seen.package.version, seen.past_the_proxy) == ("1.31.0", "refused")


def test_a_name_that_is_wanted_no_more_is_found_until_its_line_is_gone():
    facts = {
        "time": "1",
        "name.0": "10.77.0.200",
        "names.own": "10.77.0.200 istiod.istio-system.svc\n10.96.0.9 old.bar.global\n",
    }
    printed = "".join(f"{key} {base64.b64encode(value.encode()).decode()}\n" for key, value in facts.items())
    seen = read_observation(INPUTS, printed)
    assert seen.addresses == {"istiod.istio-system.svc": "10.77.0.200", "old.bar.global": "10.96.0.9"}
    assert found_bundle(INPUTS, replace(HEALTHY, addresses=seen.addresses)) != INPUTS.bundle
    assert found_bundle(INPUTS, HEALTHY) == INPUTS.bundle


def test_an_answer_of_something_else_is_no_observation():
    with pytest.raises(ValueError, match=r"int\(\)|padding|base64"):
        read_observation(INPUTS, "Welcome to vm-1!\n")


RENEWAL = {
    "server": "https://10.0.0.2",
    "certificateAuthority": "",
    "namespace": "vm",
    "account": "vmhttp",
    "audience": "istio-ca",
    "seconds": 3600,
    "state": "in place",
}


def test_a_renewal_that_is_not_as_wanted_is_seen():
    wanted = replace(INPUTS, bundle={**INPUTS.bundle, "renewal": RENEWAL})
    assert found_bundle(wanted, replace(HEALTHY, renewal="in place")) == wanted.bundle
    stopped = replace(HEALTHY, renewal="meshx-token.timer does not run")
    assert found_bundle(wanted, stopped)["renewal"] == {**RENEWAL, "state": "meshx-token.timer does not run"}
    assert found_bundle(wanted, HEALTHY)["renewal"]["state"] == "missing"


def test_a_renewal_that_is_wanted_no_more_is_seen():
    assert found_bundle(INPUTS, replace(HEALTHY, renewal="not wanted"))["renewal"] == {"state": "not wanted"}
    assert "renewal" not in found_bundle(INPUTS, HEALTHY)


def test_a_file_of_another_kind_is_shown_by_its_digest_alone():
    files = {**HEALTHY.files, CLUSTER_ENV: FoundFile(b"root:$y$j9T$abc:19000::\n", "root:root", "0600")}
    shown = found(files=files)["files"][CLUSTER_ENV]
    assert (shown["owner"], shown["mode"]) == ("root:root", "0600")
    assert shown["content"].startswith("24 bytes of another kind, SHA-256 ")


def test_a_folder_that_was_given_away_is_shown():
    shown = found(modes={"/var/lib/istio/envoy": ("istio-proxy:istio-proxy", "0755")})
    assert shown == {"folders": {"/var/lib/istio/envoy": {"owner": "istio-proxy:istio-proxy", "mode": "0755"}}}
