"""What is changed by hand is shown and repaired, machine by machine; in the end all is as it was before.

The tests of this file follow one stack of two machines through its life, so each builds on the one before it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from meshx.plugin_base.custom_resource import Operation
from meshx.provider.join_resource import JoinResource
from sandbox import machines
from sandbox.builds import artifact
from tests.e2e.drift import cluster_changes
from tests.e2e.drift.cluster_changes import ENTRIES, SERVICE_ENTRIES
from tests.e2e.stack import cluster_listing, machine_listing
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.upkeep import STOP_UPKEEP
from tests.pulumi_cli import Ran

pytestmark = pytest.mark.usefixtures("sandbox")

BOTH = ("vm-1", "vm-3")
CLUSTER_ENV = "/var/lib/meshx/sidecar/cluster.env"
DRIFT = 7
"""The exit code of `--expect-no-changes` where there are some."""
OTHER_ADDRESS = "10.77.0.240"
CONNECT_SECONDS = 5
THE_MACHINE = "**::vm-3"
CHANGES = ("created", "updated", "deleted", "replaced")
HEARD_SECONDS = 60
PROXY_START = "systemctl show --property ExecMainStartTimestampMonotonic istio"
AWAY_SECONDS = 90
"""How long a run may take whose only trouble is a machine that is switched off."""


@pytest.fixture(scope="module")
def before(sandbox: object) -> dict[str, Any]:
    """What stood on the machines and in the cluster before anything was joined."""
    cluster_changes.clear_former_mesh()
    found: dict[str, Any] = {name: machine_listing.listing(name) for name in BOTH}
    return {**found, "cluster": cluster_listing.listing()}


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject) -> Iterator[MeshProject]:
    """The stack with both machines, applied; destroyed in the end whatever happened."""
    new_project.configure(two_machines)
    new_project.expect("up", "--yes", "--skip-preview")
    yield new_project
    machines.start("vm-3")
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def two_machines(config: dict[str, Any]) -> None:
    config["ssh"]["connectTimeoutSeconds"] = CONNECT_SECONDS
    first = config["workloads"][0]["machines"][0]
    host_key = first["ssh"]["hostKeyFile"].replace("vm-1", "vm-3")
    config["workloads"][0]["machines"].append(
        {"name": "vm-3", "address": "10.77.0.13", "ssh": {"hostKeyFile": host_key}}
    )


def on(machine: str, command: str) -> str:
    """Run a shell command on a machine, which has to succeed; what it printed."""
    done = machines.execute(machine, ["bash", "-c", command], seconds=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def flat(text: str) -> str:
    """A diff without its line breaks, and without the spaces that align it."""
    return " ".join(text.split()).replace(" :", ":")


def shown(project: MeshProject) -> str:
    """What a preview with a look at everything shows."""
    return project.expect("preview", "--refresh", "--diff").text


def nightly(project: MeshProject) -> Ran:
    """The check for pipelines, which fails if anything was changed by hand."""
    return project.pulumi("refresh", "--preview-only", "--expect-no-changes", "--diff")


def repaired(project: MeshProject) -> dict[str, int]:
    """What `up` did after a look at everything: how many resources it created, updated and so on."""
    done = project.expect("up", "--yes", "--skip-preview", "--refresh").changes()
    return {kind: count for kind, count in done.items() if kind in CHANGES}


def test_nothing_is_shown_of_a_stack_that_nobody_touched(project: MeshProject) -> None:
    untouched = nightly(project)
    assert untouched.code == 0, untouched.text


def test_an_edited_file_and_a_stopped_unit_are_shown_and_repaired(project: MeshProject) -> None:
    on("vm-1", f"sed -i \"s/^ISTIO_INBOUND_PORTS=.*/ISTIO_INBOUND_PORTS='1234'/\" {CLUSTER_ENV}")
    on("vm-3", "systemctl stop istio")
    found = nightly(project)
    assert found.code == DRIFT, found.text
    assert "ISTIO_INBOUND_PORTS='1234'" in found.text
    assert "active: true => false" in flat(found.text)
    assert repaired(project) == {"updated": 2}
    assert "1234" not in on("vm-1", f"cat {CLUSTER_ENV}")
    on("vm-3", "systemctl is-active istio")


def test_a_disabled_unit_and_flushed_packet_rules_are_shown_and_repaired(project: MeshProject) -> None:
    on("vm-1", "systemctl disable --quiet istio")
    on("vm-3", f"{STOP_UPKEEP}; iptables -t nat -F; ip6tables -t nat -F")
    text = flat(shown(project))
    assert "enabled: true => false" in text
    assert '"in place" => "missing (IPv4' in text
    assert repaired(project) == {"updated": 2}
    on("vm-1", "systemctl is-enabled istio")
    assert "-j ISTIO_OUTPUT" in on("vm-3", "iptables-save -t nat")


def test_another_package_and_a_deleted_workload_entry_are_shown_and_repaired(project: MeshProject) -> None:
    package = artifact("sidecar-package") / "istio-sidecar-next.deb"
    target = machines.machine("vm-1").root / "root" / package.name
    target.write_bytes(package.read_bytes())
    on("vm-1", f"dpkg -i /root/{package.name} && rm /root/{package.name}")
    cluster_changes.delete(ENTRIES, "vm-3")
    text = shown(project)
    assert "installed by others in place of" in text
    assert re.search(r'entryState *: "absent"', text)
    # The entry is made anew, and its machine's proxy tied to it; the other machine gets the right package back.
    assert repaired(project) == {"created": 1, "updated": 2}
    assert "+1" not in on("vm-1", "dpkg-query -W istio-sidecar")


def test_a_workload_entry_that_somebody_made_anew_hears_of_its_machine_again_without_a_restart(
    project: MeshProject,
) -> None:
    cluster_changes.make_anew(ENTRIES, "vm-3")
    started = on("vm-3", PROXY_START)
    assert re.search(r'entryState *: "not connected to istiod"', shown(project))
    assert repaired(project) == {"updated": 1}
    assert on("vm-3", PROXY_START) == started
    on("vm-3", "systemctl stop echo-http")
    seconds = heard("vm-3", healthy=False)
    on("vm-3", "systemctl start echo-http")
    print(f"a failing probe is known after {seconds:.1f} s, its end after {heard('vm-3', healthy=True):.1f} s")
    untouched = nightly(project)
    assert untouched.code == 0, untouched.text


def heard(machine: str, healthy: bool) -> float:
    """Wait until istiod has this word of a machine's health; how many seconds that took."""
    begun = time.monotonic()
    while (found := cluster_changes.health(machine)) != str(healthy):
        assert time.monotonic() - begun < HEARD_SECONDS, found
        time.sleep(0.3)
    return time.monotonic() - begun


def test_altered_cluster_objects_are_shown_and_repaired_and_machines_left_alone(project: MeshProject) -> None:
    cluster_changes.alter(ENTRIES, "vm-1", {"address": "10.9.9.9"})
    cluster_changes.alter(SERVICE_ENTRIES, "vmhttp-vm-3", {"hosts": ["elsewhere.example"]})
    cluster_changes.alter_selector("vmhttp", {"app": "nobody"})
    text = shown(project)
    for change in ("10.9.9.9", "elsewhere.example", "nobody"):
        assert change in text
    assert repaired(project) == {"updated": 3}


def test_another_address_of_the_gateway_goes_to_every_machine(project: MeshProject) -> None:
    cluster_changes.move_gateway(OTHER_ADDRESS)
    assert repaired(project) == {"updated": 2}
    for machine in BOTH:
        assert f"{OTHER_ADDRESS} istiod.istio-system.svc" in on(machine, "cat /etc/hosts")
    settled = nightly(project)
    assert settled.code == 0, settled.text


def test_a_machine_out_of_reach_is_named_and_the_others_drift_is_shown_and_repaired(project: MeshProject) -> None:
    machines.stop("vm-3")
    away = nightly(project)
    assert away.code == 0, away.text
    assert "vm-3 was not looked at, its last state stays" in away.text
    on("vm-1", f"{STOP_UPKEEP}; sed -i 's/^[0-9.]* *istiod/10.9.9.9 istiod/' /etc/hosts")
    begun = time.monotonic()
    found = nightly(project)
    print(f"nightly check with one of two machines switched off: {time.monotonic() - begun:.1f} s")
    assert found.code == DRIFT, found.text
    assert "vm-3 was not looked at, its last state stays" in found.text
    assert "10.9.9.9" in found.text
    assert repaired(project) == {"updated": 1}


def test_removing_a_machine_out_of_reach_fails_in_time_and_leaves_it_in_the_state(project: MeshProject) -> None:
    project.configure(lambda config: config["workloads"][0]["machines"].pop())
    begun = time.monotonic()
    failed = project.pulumi("up", "--yes", "--skip-preview")
    seconds = time.monotonic() - begun
    print(f"removing a machine that is switched off: fails after {seconds:.1f} s")
    assert failed.code != 0
    assert "vm-3: 10.77.0.13 port 22 cannot be reached by SSH" in failed.text
    assert "onUnreachable: forget" in failed.text
    assert seconds < AWAY_SECONDS
    assert "vm-3" in [resource["id"] for resource in project.state() if resource["type"] == "meshx:index:Join"]


def test_destroy_fails_in_time_where_a_machine_is_out_of_reach_and_says_how_to_let_it_go(project: MeshProject) -> None:
    project.configure(two_machines)
    begun = time.monotonic()
    failed = project.pulumi("destroy", "--yes", "--skip-preview")
    seconds = time.monotonic() - begun
    print(f"destroy with one of two machines switched off: fails after {seconds:.1f} s")
    assert failed.code != 0
    assert "vm-3: 10.77.0.13 port 22 cannot be reached by SSH" in failed.text
    assert f"pulumi up --target '{THE_MACHINE}'" in failed.text
    assert seconds < AWAY_SECONDS
    assert "vm-3" in [resource["id"] for resource in project.state() if resource["type"] == "meshx:index:Join"]


def test_destroy_forgets_a_machine_out_of_reach_as_configured_and_leaves_all_else_as_it_was(
    project: MeshProject, before: dict[str, Any]
) -> None:
    project.configure(lambda config: config["workloads"][0].update(onUnreachable="forget"))
    noted = project.expect("up", "--yes", "--skip-preview", "--target", THE_MACHINE)
    assert noted.changes()["updated"] == 1, noted.text
    (join,) = (one for one in project.state() if one["type"] == "meshx:index:Join" and one["id"] == "vm-3")
    begun = time.monotonic()
    destroyed = project.expect("destroy", "--yes", "--skip-preview")
    seconds = time.monotonic() - begun
    print(f"destroy with one of two machines switched off: {seconds:.1f} s")
    assert "It is forgotten, as configured" in destroyed.text
    assert "taken away: CustomResourceDefinition authorizationpolicies.security.istio.io" in flat(destroyed.text)
    assert seconds < AWAY_SECONDS
    assert not project.state()
    assert machine_listing.differences(before["vm-1"], machine_listing.listing("vm-1")) == []
    assert cluster_differences(before["cluster"]) == []
    bring_back(join, before["vm-3"])


def cluster_differences(before: dict[str, str]) -> list[str]:
    """The objects that came, went or changed, once the API has forgotten the definitions that are gone."""
    deadline = time.monotonic() + 60
    while True:
        after = cluster_listing.listing()
        differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        if not differing or time.monotonic() > deadline:
            return differing
        time.sleep(1)


def bring_back(join: dict[str, Any], before: dict[str, list[str]]) -> None:
    """Have the forgotten machine leave after all: what it kept is enough for that, and the cluster is not needed."""
    machines.start("vm-3")
    resource = JoinResource(
        {
            "kubeconfigFile": ".sandbox/kubeconfig",
            "context": "meshx-sandbox",
            "sshPrivateKeyFile": str(machines.SSH_KEY),
        }
    )
    connection = {**join["inputs"]["connection"], "privateKeyFile": str(machines.SSH_KEY)}
    inputs = {**join["inputs"], "connection": connection}
    resource.delete("vm-3", {**join["outputs"], **inputs}, inputs, Operation("urn", "meshx:index:Join", "vm-3"))
    # Since its reboot it has another set of running units and of packet tables than before.
    kept = ("files", "contents", "hosts", "users", "units", "packages")
    after = machine_listing.listing("vm-3")
    assert machine_listing.differences({key: before[key] for key in kept}, after) == []
