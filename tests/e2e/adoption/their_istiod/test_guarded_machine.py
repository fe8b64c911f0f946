"""Joining a machine to somebody else's mesh: behind a bastion, by sudo, with packet rules of its own.

The bastion has a key of its own, and the user a name as directories have them.

The tests of this file follow one stack through its life, so each builds on the one before it.
"""

from __future__ import annotations

import subprocess
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
from tests.e2e.stack.upkeep import STOP_UPKEEP

pytestmark = pytest.mark.usefixtures("mesh")

MACHINE, BASTION = "vm-3", "vm-1"
FIREWALL = Path(__file__).with_name("firewall.nft")
RULES = "/etc/nftables.conf"
USER = "svc@corp.example.com"
"""A name as SSSD has it."""


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
def user(mesh: None) -> Iterator[str]:
    """The user on the machine, with admin's key and with sudo."""
    shell(
        f"useradd --badname --create-home --shell /bin/bash '{USER}' && cp -a /home/admin/.ssh '/home/{USER}/' && "
        f"chown -R '{USER}:' '/home/{USER}/.ssh' && "
        f"echo '{USER.replace('@', chr(92) + '@')} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/directory"
    )
    yield USER
    shell(f"rm /etc/sudoers.d/directory; userdel --remove '{USER}' 2>/dev/null")


@pytest.fixture(scope="module")
def bastion_key(mesh: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A key that only the bastion knows."""
    key = tmp_path_factory.mktemp("bastion") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bastion-key", "-f", str(key)], check=True)
    authorized = "/root/.ssh/authorized_keys"
    machines.execute(BASTION, ["bash", "-c", f"cat >>{authorized}"], text=key.with_suffix(".pub").read_text())
    yield key
    machines.execute(BASTION, ["sed", "-i", "/ bastion-key$/d", authorized])


@pytest.fixture(scope="module")
def before(mesh: None, firewall: str, user: str) -> dict[str, Any]:
    """Their objects and the machine before our stack came."""
    return {"cluster": others_objects.listing(), "machine": machine_listing.listing(MACHINE)}


@pytest.fixture(scope="module")
def project(before: dict[str, Any], new_project: MeshProject, bastion_key: Path) -> Iterator[MeshProject]:
    """A stack with the one machine; destroyed in the end whatever happened."""
    new_project.configure(adopting)
    new_project.configure(lambda config: behind_a_bastion(config, bastion_key))
    yield new_project
    new_project.unlock()
    new_project.pulumi("destroy", "--yes", "--skip-preview")


def behind_a_bastion(config: dict[str, Any], bastion_key: Path) -> None:
    key = ".sandbox/machines/{}/ssh_host_ed25519_key.pub"
    bastion = {"host": str(machines.machine(BASTION).address), "user": "root", "hostKeyFile": key.format(BASTION)}
    bastion["privateKeyFile"] = str(bastion_key)
    workload = config["workloads"][0]
    workload["commands"] = {when: f"sudo {command}" for when, command in workload["commands"].items()}
    workload["machines"] = [
        {
            "name": MACHINE,
            "address": str(machines.machine(MACHINE).address),
            "ssh": {"user": USER, "hostKeyFile": key.format(MACHINE), "bastion": bastion},
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


def test_up_joins_the_machine_through_the_bastion_and_calls_pass_both_ways(
    project: MeshProject, bastion_key: Path
) -> None:
    begun = shell("date +%s").strip()
    project.expect("up", "--yes", "--skip-preview")
    check_calls_both_ways(MACHINE)
    project.expect("preview", "--refresh", "--expect-no-changes")
    logins = shell(f"journalctl --since @{begun} -t sshd -o cat | grep '^Accepted publickey for {USER} '").splitlines()
    assert {line.split()[5] for line in logins} == {str(machines.machine(BASTION).address)}
    printed = subprocess.run(["ssh-keygen", "-lf", str(bastion_key)], check=True, capture_output=True, text=True).stdout
    words = ["journalctl", "--since", f"@{begun}", "-t", "sshd", "-o", "cat"]
    let_in = [line for line in machines.execute(BASTION, words).stdout.splitlines() if line.startswith("Accepted ")]
    # Commands log in by the agent, which has the machine's key alone.
    assert any(line.endswith(f" {printed.split()[1]}") for line in let_in), let_in


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
    shell(f"{STOP_UPKEEP}; systemctl reload nftables")
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
    assert not machine_listing.differences(before["machine"], machine_listing.listing(MACHINE))
