"""What a join writes into places that have another owner, who writes them anew without it: it is back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from meshx.machine.delivery import Delivery
from meshx.machine.observation import read_facts
from sandbox import machines
from tests.e2e.machine.deliveries import FILES, GATEWAY, MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import differences, listing

pytestmark = pytest.mark.usefixtures("sandbox")

LINE = f"{GATEWAY} istiod.istio-system.svc # meshx"
BACK_SECONDS = 60
RULES = "for save in iptables-save ip6tables-save; do $save | grep ISTIO_ | sed 's/ \\[[0-9:]*\\]$//'; done"
REWRITING = """\
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/rewrite-hosts

[Install]
WantedBy=multi-user.target
"""
HOSTS = "127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n"


@pytest.fixture
def rewriter(machine: Deliveries, before: dict[str, list[str]]) -> Iterator[None]:
    """A unit of the machine's that writes /etc/hosts at each boot, as cloud-init does."""
    script, unit = "/usr/local/sbin/rewrite-hosts", "/etc/systemd/system/rewrite-hosts.service"
    machines.execute(MACHINE, ["bash", "-c", f"cat >{unit}"], text=REWRITING)
    machines.execute(MACHINE, ["bash", "-c", f"cat >{script}"], text=f"#!/bin/sh\nprintf '{HOSTS}' >/etc/hosts\n")
    shell(MACHINE, f"chmod 755 {script}; systemctl daemon-reload; systemctl enable --quiet rewrite-hosts")
    yield
    machine.leave()
    shell(
        MACHINE,
        f"systemctl disable --quiet rewrite-hosts; systemctl stop rewrite-hosts; rm {script} {unit};"
        f" systemctl daemon-reload; printf '{HOSTS}' >/etc/hosts",
    )
    after = listing(MACHINE)
    # A boot makes the rest anew.
    boot = ("contents", "hosts", "units", "packages", "IPv4 rules")
    left = differences({subject: before[subject] for subject in boot}, after)
    # Since the boot nobody has asked for the tables of packet rules, so those without a rule are not there.
    assert not [line for line in left if not line.startswith("IPv4 rules") or "-A " in line]


def hosts() -> str:
    """The file as it is; once more where the sidecar's first packet rules cut the session off."""
    read = machines.execute(MACHINE, ["cat", "/etc/hosts"], seconds=60)
    return read.stdout if read.returncode == 0 else shell(MACHINE, "cat /etc/hosts")


def seen() -> dict[str, str]:
    """What a look finds, as text."""
    wanted = {
        "wanted/paths": "",
        "wanted/names": "istiod.istio-system.svc\n",
        "wanted/unit": "istio",
        "wanted/package": "istio-sidecar",
        "wanted/account": "vm:vmhttp",
    }
    printed = Deliveries(MACHINE).run(Delivery("observe.sh", wanted))
    return {key: value.decode() for key, value in read_facts(printed).items()}


def soon(what: str, holds: Callable[[], bool]) -> float:
    """Wait until something is so; after how many seconds it was."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < BACK_SECONDS, (what, shell(MACHINE, "journalctl -u meshx-upkeep -n 30"))
        time.sleep(0.2)
    return time.monotonic() - begun


def settled() -> str:
    """The sidecar's rules, once upkeep has taken note of them."""
    soon("upkeep knows the rules", lambda: shell(MACHINE, "ls /var/lib/meshx/upkeep").split().count("rules") == 1)
    return shell(MACHINE, RULES)


def test_a_hosts_file_that_is_written_at_each_boot_has_the_meshs_lines_again_and_a_look_says_who_wrote_it(
    machine: Deliveries, rewriter: None
) -> None:
    machine.join()
    assert LINE in hosts()
    assert "put-back" not in seen()
    machines.reboot(MACHINE)
    soon("the line is back", lambda: LINE in hosts())
    soon("it is told", lambda: "put-back" in seen())
    found = seen()
    assert found["name.0"] == GATEWAY
    assert found["upkeep"] == "in place"
    assert "/etc/hosts was written at " in found["put-back"]
    assert " by rewrite-hosts.service; the mesh's lines were put back" in found["put-back"]
    machine.join()
    assert "put-back" not in seen()


def test_the_meshs_lines_are_back_before_the_sidecar_starts(machine: Deliveries) -> None:
    machine.join()
    shell(MACHINE, "systemctl stop istio meshx-upkeep.path meshx-upkeep.timer")
    shell(MACHINE, f"printf '# managed by puppet\\n{HOSTS}' >/etc/hosts")
    assert LINE not in hosts()
    found = seen()
    assert found["name.0"] == ""
    assert "(it says: # managed by puppet), and lacks the mesh's lines" in found["not-in-place"]
    assert found["upkeep"] == "meshx-upkeep.timer does not run"
    # Returns once its preparations are done and the sidecar itself begins.
    shell(MACHINE, "systemctl start istio")
    assert LINE in hosts()
    assert "upkeep" in machine.join().splitlines()
    assert seen()["upkeep"] == "in place"
    machine.leave()
    shell(MACHINE, f"printf '{HOSTS}' >/etc/hosts")


def test_a_file_that_is_written_while_the_machine_runs_has_the_lines_again_within_seconds(machine: Deliveries) -> None:
    machine.join()
    for _ in range(3):
        shell(MACHINE, f"printf '{HOSTS}10.9.9.9 istiod.istio-system.svc\\n' >/etc/hosts")
        late = soon("the line is back", lambda: LINE in hosts())
        print(f"back after {late:.1f} s")
        assert shell(MACHINE, "getent -s files hosts istiod.istio-system.svc").split()[0] == GATEWAY
    machine.leave()
    shell(MACHINE, f"printf '{HOSTS}' >/etc/hosts")


@pytest.mark.parametrize(
    "reload",
    [
        "nft flush ruleset",
        "for table in nat raw; do iptables -t $table -F; iptables -t $table -X; ip6tables -t $table -F; done",
    ],
)
def test_packet_rules_that_a_firewalls_reload_took_along_are_back(machine: Deliveries, reload: str) -> None:
    machine.join()
    rules = settled()
    assert "-j ISTIO_OUTPUT" in rules
    shell(MACHINE, reload)
    late = soon("the rules are back", lambda: shell(MACHINE, RULES) == rules)
    print(f"back after {late:.1f} s")
    soon("it is told", lambda: "put-back" in seen())
    assert "the sidecar's packet rules were gone at " in seen()["put-back"]
    assert shell(MACHINE, "systemctl show -p NRestarts istio") == "NRestarts=0\n"


def test_packet_rules_that_went_soon_after_the_sidecars_start_are_back_by_another_start(machine: Deliveries) -> None:
    machine.join()
    rules = settled()
    # Returns once the sidecar that it started anew has set its rules.
    machine.join(restart="")
    assert shell(MACHINE, RULES) == rules
    start = shell(MACHINE, "systemctl show -p InvocationID istio")
    shell(MACHINE, "nft flush ruleset")
    late = soon("the rules are back", lambda: shell(MACHINE, RULES) == rules)
    print(f"back after {late:.1f} s")
    assert shell(MACHINE, "systemctl show -p InvocationID istio") != start
    told = seen()["put-back"]
    assert "the sidecar's packet rules were gone at " in told
    assert ", soon after its start; it was started anew" in told
    settled()
    assert shell(MACHINE, "iptables-save").count("ESTABLISHED") == 1, "connections are tracked by one rule"


def test_another_name_server_has_the_sidecar_start_anew_once(machine: Deliveries) -> None:
    number = sorted(FILES).index("/var/lib/meshx/sidecar/cluster.env")
    environment = FILES["/var/lib/meshx/sidecar/cluster.env"] + "ISTIO_META_DNS_CAPTURE='true'\n"
    kept = shell(MACHINE, "cat /etc/resolv.conf")
    machine.join(**{f"files/{number}": environment})
    try:
        settled()
        shell(MACHINE, "printf 'nameserver 10.9.9.9\\r\\n' >/etc/resolv.conf")
        soon("look-ups to it are captured", lambda: "-d 10.9.9.9/32" in shell(MACHINE, RULES))
        settled()
        told = seen()["put-back"]
        assert "/etc/resolv.conf was written at " in told
        assert "look-ups to 10.9.9.9 went past the sidecar; it was started anew" in told
        start = shell(MACHINE, "systemctl show -p InvocationID istio")
        time.sleep(25)
        assert shell(MACHINE, "systemctl show -p InvocationID istio") == start
    finally:
        machines.execute(MACHINE, ["bash", "-c", "cat >/etc/resolv.conf"], text=kept)


def test_presets_that_disable_what_they_do_not_know_leave_the_sidecar_enabled(machine: Deliveries) -> None:
    machine.join()
    preset = "/etc/systemd/system-preset/10-site.preset"
    shell(MACHINE, f"echo 'disable *' >{preset}")
    try:
        units = "istio.service meshx-upkeep.path meshx-upkeep.timer"
        shell(MACHINE, f"systemctl preset --quiet {units}")
        assert shell(MACHINE, f"systemctl is-enabled {units}").split() == ["enabled"] * 3
    finally:
        shell(MACHINE, f"rm {preset}")
