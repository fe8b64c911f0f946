"""What the scripts do to a machine, and that they take all of it back."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshx.machine.machine_errors import MachineError, ScriptError, SessionLostError, UnfitMachineError
from sandbox import machines
from tests.e2e.machine.deliveries import GATEWAY, MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import differences, listing

pytestmark = pytest.mark.usefixtures("sandbox")


def test_a_machine_that_has_left_is_as_it_was_and_second_runs_touch_nothing(
    machine: Deliveries, before: dict[str, Any]
) -> None:
    begun = time.monotonic()
    machine.join()
    print(f"join.sh with the package: {time.monotonic() - begun:.1f} s")
    written = shell(MACHINE, "stat -c %y /etc/hosts /etc/certs/root-cert.pem")
    assert "file " not in machine.join()
    assert shell(MACHINE, "stat -c %y /etc/hosts /etc/certs/root-cert.pem") == written
    # Upkeep is at work when the machine leaves, and is cut short.
    shell(
        MACHINE, "echo 'sleep 60' >/var/lib/meshx/upkeep/upkeep.sh; systemctl start --no-block meshx-upkeep; sleep 0.5"
    )
    assert machine.leave() == "left\n"
    assert machine.leave() == ""
    assert listing(MACHINE) == before


def test_a_root_that_the_agent_wrote_in_its_own_form_as_it_started_starts_nothing_anew(machine: Deliveries) -> None:
    machine.join()
    began = shell(MACHINE, "systemctl show -p ActiveEnterTimestamp istio").strip().partition("=")[2]
    # The same certificates with another end, as of the very second of the start.
    shell(MACHINE, f"echo >>/etc/certs/root-cert.pem; touch -d '{began}' /etc/certs/root-cert.pem")
    assert "unit started" not in machine.join().splitlines()


def test_joining_and_leaving_that_were_killed_are_continued_by_the_next_run(
    machine: Deliveries, before: dict[str, Any], chance: random.Random
) -> None:
    for operation in (machine.join, machine.leave, machine.join):
        moment = chance.uniform(0.2, 3)
        killer = threading.Timer(moment, kill_scripts)
        killer.start()
        try:
            operation()
            print(f"{operation.__name__} was done before {moment:.1f} s")
        except (SessionLostError, ScriptError) as error:
            print(f"{operation.__name__} killed at {moment:.1f} s: {str(error).splitlines()[0]}")
        killer.join()
    machine.join()
    assert GATEWAY in shell(MACHINE, "cat /etc/hosts")
    machine.leave()
    assert listing(MACHINE) == before


def test_an_open_session_lives_through_the_first_packet_rules(machine: Deliveries) -> None:
    shell(MACHINE, "command -v iptables >/dev/null")
    words = machines.ssh_command(MACHINE, ["bash", "-c", "for i in {1..100}; do echo $i; sleep 0.1; done"])
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as talking:
        assert talking.stdout is not None
        assert talking.stdout.readline() == "1\n"
        machine.join()
        assert talking.stdout.read().splitlines()[-1] == "100"


def test_lines_of_others_for_our_names_are_put_by_and_put_back(machine: Deliveries, before: dict[str, Any]) -> None:
    shell(
        MACHINE,
        "printf '10.1.1.1 istiod.istio-system.svc other.example # theirs\\nlast line without end' >> /etc/hosts",
    )
    theirs = shell(MACHINE, "od -c /etc/hosts")
    try:
        machine.join()
        assert shell(MACHINE, "getent -s files hosts istiod.istio-system.svc").split()[0] == GATEWAY
        assert shell(MACHINE, "getent -s files hosts other.example").split()[0] == "10.1.1.1"
        assert shell(MACHINE, "getent -s files hosts $(hostname)").split()[0] == "127.0.1.1"
        machine.leave()
        assert shell(MACHINE, "od -c /etc/hosts") == theirs
    finally:
        shell(MACHINE, "sed -i -e '/theirs$/d' -e '/^last line/d' /etc/hosts")
    assert listing(MACHINE) == before


def test_a_hosts_file_that_is_a_mount_of_its_own_is_written_in_place(machine: Deliveries) -> None:
    shell(MACHINE, "cp -a /etc/hosts /run/hosts && mount --bind /run/hosts /etc/hosts")
    try:
        machine.join()
        assert GATEWAY in shell(MACHINE, "cat /run/hosts")
        machine.leave()
        assert GATEWAY not in shell(MACHINE, "cat /run/hosts")
    finally:
        shell(MACHINE, "umount /etc/hosts && rm -f /run/hosts && ! ls /etc/.meshx.*")


def test_an_unfit_machine_is_told_all_its_problems_and_nothing_is_changed(
    machine: Deliveries, before: dict[str, Any], tmp_path: Path
) -> None:
    machine.package = package_for("arm64", tmp_path)
    # A program on one of the sidecar's ports, and no sudo on the way.
    shell(
        MACHINE, "mv /usr/bin/sudo /usr/bin/sudo.away; systemd-run -q --unit=busy /usr/local/bin/echo-http serve :15001"
    )
    try:
        shell(MACHINE, "for _ in {1..50}; do ss -ltn 2>/dev/null | grep -q :15001 && break; sleep 0.1; done")
        with pytest.raises(UnfitMachineError) as told:
            machine.join()
    finally:
        shell(MACHINE, "systemctl stop busy; mv /usr/bin/sudo.away /usr/bin/sudo")
    text = str(told.value)
    assert "sudo is missing: apt-get install -y sudo" in text
    assert "port 15001, which the sidecar needs, is held by echo-http (process " in text
    assert "the package is for arm64 and this machine is amd64" in text
    assert "nothing was changed on it" in text
    assert listing(MACHINE) == before


def test_a_package_that_arrives_with_another_sum_is_not_installed(machine: Deliveries) -> None:
    with pytest.raises(UnfitMachineError, match="the package arrived with another SHA-256"):
        machine.join(package=f"istio-sidecar {'0' * 64}\n")
    assert "istio-sidecar" not in shell(MACHINE, "dpkg-query -W -f '${Package}\\n'")


def test_a_user_without_sudo_is_told_what_is_needed(machine: Deliveries) -> None:
    rule = "/etc/sudoers.d/admin"
    shell(MACHINE, f"mv {rule} /root/away")
    try:
        with pytest.raises(MachineError, match=r"user admin may not become root .*NOPASSWD"):
            Deliveries(MACHINE, machines.ADMINISTRATOR).leave()
    finally:
        shell(MACHINE, f"mv /root/away {rule}")


@pytest.fixture
def installed_by_others(machine: Deliveries) -> Iterator[None]:
    """The package on the machine, by somebody who edited its settings as one may."""
    machines.execute(MACHINE, ["bash", "-c", "cat > /root/sidecar.deb.b64"], text=encoded(machine.package))
    shell(MACHINE, "base64 -d /root/sidecar.deb.b64 > /root/s.deb && dpkg -i /root/s.deb && rm /root/s*")
    shell(MACHINE, "echo '# mine' >> /var/lib/istio/envoy/sidecar.env")
    yield
    machine.leave()
    shell(
        MACHINE,
        "dpkg --purge istio-sidecar; userdel istio-proxy; mkdir -p /usr/local/bin;"
        " rm -rf /etc/istio /etc/certs /var/lib/istio /var/log/istio",
    )


def test_a_sidecar_that_others_installed_stays_with_its_files_when_meshx_leaves(
    machine: Deliveries, installed_by_others: None
) -> None:
    shell(MACHINE, "echo mine > /var/lib/istio/envoy/cluster.env; echo mine > /etc/certs/root-cert.pem")
    theirs = listing(MACHINE)
    assert "package istio-sidecar 1.31" in (said := machine.join())
    assert " is there already\n" in said
    assert "there before and stays" in machine.leave()
    assert shell(MACHINE, "cat /var/lib/istio/envoy/cluster.env /etc/certs/root-cert.pem") == "mine\nmine\n"
    assert not differences(theirs, listing(MACHINE))


def test_a_sidecar_whose_programs_others_replaced_is_installed_again(
    machine: Deliveries, installed_by_others: None
) -> None:
    shell(MACHINE, "echo '# mine' >> /usr/local/bin/istio-start.sh")
    assert 'installed, where "ii  1.31' in machine.join()
    assert shell(MACHINE, "tail -n 1 /var/lib/istio/envoy/sidecar.env") == "# mine\n"
    assert shell(MACHINE, "tail -n 1 /usr/local/bin/istio-start.sh") != "# mine\n"


def kill_scripts() -> None:
    """End whatever a delivery has started on the machine, as a power cut or an impatient administrator would."""
    # The brackets keep the search from finding itself.
    machines.execute(MACHINE, ["bash", "-c", "pkill -9 -f '/run/[m]eshx\\.' ; pkill -9 dpkg; true"])


def package_for(architecture: str, folder: Path) -> Path:
    """A package of nothing for another processor."""
    control = folder / "package" / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    control.write_text(
        f"Package: istio-sidecar\nVersion: 1\nArchitecture: {architecture}\n"
        "Maintainer: x <x@example.com>\nDescription: x\n"
    )
    built = folder / "istio-sidecar.deb"
    subprocess.run(["dpkg-deb", "--build", str(control.parent.parent), str(built)], check=True, capture_output=True)
    return built


def encoded(file: Path) -> str:
    """A file in base64, which goes through a shell's standard input."""
    return subprocess.run(["base64", "-w", "0", str(file)], check=True, capture_output=True, text=True).stdout
