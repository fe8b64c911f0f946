"""Joining a machine to somebody else's mesh: behind a bastion, by sudo, with packet rules of its own.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import machines
from tests.e2e.adoption import charts, others_objects
from tests.e2e.adoption.joining import adopting, check_calls_both_ways
from tests.e2e.stack import machine_listing
from tests.e2e.stack.mesh_project import MeshProject

pytestmark = pytest.mark.usefixtures("mesh")

MACHINE, BASTION = "vm-3", "vm-1"
FIREWALL = Path(__file__).with_name("firewall.nft")
RULES = "/etc/nftables.conf"
LEFT_BY_OTHERS = ("files: + /home/admin/.sudo_as_admin_successful ",)
"""Debian's sudo notes that a user was let in."""


def shell(command: str) -> str:
    """What a command line prints on the machine."""
    done = machines.execute(MACHINE, ["bash", "-c", command], seconds=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def own_rules() -> str:
    """The rules that the machine's administrator wrote, as nftables has them."""
    return shell("nft -s list table inet firewall; nft -s list chain ip nat prerouting")


def status_at(port: int) -> int:
    """The status of a plain call from outside the mesh; URLError where none comes."""
    address = machines.machine(MACHINE).address
    with urllib.request.urlopen(f"http://{address}:{port}/", timeout=3) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def firewall() -> Iterator[str]:
    """The machine's own rules, loaded and loaded again at each boot; as nftables lists them."""
    shell(f"cp -a {RULES} /root/rules")
    machines.execute(MACHINE, ["bash", "-c", f"cat >{RULES}"], text=FIREWALL.read_text())
    shell("systemctl enable --now nftables 2>/dev/null")
    yield own_rules()
    shell(f"systemctl disable --now nftables 2>/dev/null; mv /root/rules {RULES}")


@pytest.fixture(scope="module")
def before(mesh: None, firewall: str) -> dict[str, Any]:
    """Their objects and the machine before our stack came."""
    return {"cluster": others_objects.listing(), "machine": machine_listing.listing(MACHINE)}


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject) -> Iterator[MeshProject]:
    """A stack with the one machine; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    new_project.configure(behind_a_bastion)
    yield new_project
    new_project.pulumi("cancel", "--yes")
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def behind_a_bastion(config: dict[str, Any]) -> None:
    key = ".sandbox/machines/{}/ssh_host_ed25519_key.pub"
    bastion = {"host": str(machines.machine(BASTION).address), "user": "root", "hostKeyFile": key.format(BASTION)}
    workload = config["workloads"][0]
    workload["commands"] = {when: f"sudo {command}" for when, command in workload["commands"].items()}
    workload["machines"] = [
        {
            "name": MACHINE,
            "address": str(machines.machine(MACHINE).address),
            "ssh": {"user": "admin", "hostKeyFile": key.format(MACHINE), "bastion": bastion},
        }
    ]


def sentence(text: str) -> str:
    assert "Traceback" not in text
    return " ".join(text.split())


def test_a_revision_that_does_not_run_is_told_with_those_that_do(project: MeshProject) -> None:
    project.configure(lambda config: config["mesh"].update(revision="stable"))
    refused = project.pulumi("preview")
    project.configure(lambda config: config["mesh"].update(revision=charts.REVISION))
    assert refused.code != 0
    told = sentence(refused.text)
    assert "there is no control plane of revision stable to adopt" in told
    assert "ConfigMap istio-system/istio-stable is missing, and the revisions there are: canary." in told
    assert "Correct meshx:mesh.revision" in told


def test_a_gateway_that_is_not_there_is_told_with_the_one_that_is(project: MeshProject) -> None:
    project.configure(lambda config: config["mesh"]["gateway"].update(name="istio-eastwestgateway"))
    refused = project.pulumi("preview")
    project.configure(lambda config: config["mesh"]["gateway"].update(name=charts.GATEWAY))
    assert refused.code != 0
    told = sentence(refused.text)
    assert "Service corp-ingress/istio-eastwestgateway is missing" in told
    assert "there is corp-ingress/corp-gateway" in told


def test_up_joins_the_machine_through_the_bastion_and_calls_pass_both_ways(project: MeshProject) -> None:
    begun = shell("date +%s").strip()
    project.expect("up", "--yes", "--skip-preview")
    check_calls_both_ways(MACHINE)
    project.expect("preview", "--refresh", "--expect-no-changes")
    logins = shell(f"journalctl --since @{begun} -t sshd -o cat | grep '^Accepted publickey for admin '").splitlines()
    assert {line.split()[5] for line in logins} == {str(machines.machine(BASTION).address)}


def test_nothing_of_theirs_is_changed_and_nothing_of_it_installed_again(
    project: MeshProject, before: dict[str, Any]
) -> None:
    assert not others_objects.changes(before["cluster"], others_objects.listing())
    ours = {resource["type"] for resource in project.state() if resource.get("custom")}
    assert "meshx:index:Join" in ours
    assert not {kind for kind in ours if kind.endswith((":Release", ":Gateway", ":VirtualService"))}, ours


def test_the_machines_own_packet_rules_go_on_beside_the_sidecars(project: MeshProject, firewall: str) -> None:
    assert own_rules() == firewall
    assert "ISTIO_OUTPUT" in shell("nft list chain ip nat OUTPUT")
    # The port that the machine's own rules lead to its server.
    assert status_at(8081) == 200


def test_a_firewall_has_to_let_in_what_the_sidecar_captured(project: MeshProject, firewall: str) -> None:
    assert status_at(8080) == 200
    rule = "nft -a list chain inet firewall input | sed -n 's/.*ct status dnat.*handle //p'"
    shell(f"nft delete rule inet firewall input handle $({rule})")
    with pytest.raises(urllib.error.URLError, match="timed out"):
        status_at(8080)


def test_a_firewall_that_was_loaded_anew_is_left_so_and_the_sidecars_rules_are_repaired(
    project: MeshProject, firewall: str
) -> None:
    shell("systemctl reload nftables")
    assert "packetRules" in project.expect("preview", "--refresh", "--diff").text
    project.expect("up", "--yes", "--skip-preview", "--refresh")
    assert own_rules() == firewall
    check_calls_both_ways(MACHINE)


def test_both_are_there_again_after_a_reboot(project: MeshProject, firewall: str) -> None:
    machines.reboot(MACHINE)
    check_calls_both_ways(MACHINE)
    assert own_rules() == firewall
    project.expect("refresh", "--preview-only", "--expect-no-changes")


def test_destroy_leaves_their_mesh_and_the_machine_as_they_were(project: MeshProject, before: dict[str, Any]) -> None:
    project.expect("destroy", "--yes", "--skip-preview")
    after = others_objects.listing()
    assert not others_objects.changes(before["cluster"], after)
    assert set(after) == set(before["cluster"])
    differences = machine_listing.differences(before["machine"], machine_listing.listing(MACHINE))
    assert not [line for line in differences if not line.startswith(LEFT_BY_OTHERS)]
