"""Whoever has taken over the sidecar stays its user: nothing that root does there can be turned into more."""

from __future__ import annotations

import subprocess
import time

import pytest

from meshx.machine.delivery import Delivery
from meshx.machine.machine_errors import MachineError
from meshx.machine.observation import read_facts
from sandbox import machines
from tests.e2e.attacks.conftest import AS_PROXY, SECRET, WORDS, Victim, as_proxy, give_away
from tests.e2e.machine.deliveries import FILES, MACHINE, shell

pytestmark = pytest.mark.usefixtures("sandbox")

PACKAGES_FOLDERS = "/var/lib/istio/envoy /var/lib/istio/config"
OWNED = "/root/owned"
ROOT = "/etc/certs/root-cert.pem"
# Makes a link of every file that is about to be written, as fast as it can.
RACE = f"""
my $end = time + 5;
while (time < $end) {{
  for my $new (glob("/run/secrets/tokens/.meshx.* /etc/certs/.meshx.*")) {{
    unlink $new; symlink "{SECRET}", $new;
  }}
}}
"""
LOGS = ("/var/log/istio/istio.err.log", "/var/log/istio/istio.log")
READ = (ROOT, "/var/lib/istio/config/mesh", "/etc/certs/cert-chain.pem", "/run/secrets/tokens/istio-token", *LOGS)
LOOK = Delivery(
    "observe.sh",
    {
        "wanted/paths": "".join(f"{path}\n" for path in sorted(FILES)),
        "wanted/names": "",
        "wanted/unit": "istio",
        "wanted/package": "istio-sidecar",
        "wanted/account": "vm:vmhttp",
        "wanted/log": "",
    },
)


def test_what_the_proxy_writes_in_place_of_the_settings_never_runs_as_root(victim: Victim) -> None:
    replacing = f"for file in {{0}}/cluster.env {{0}}/sidecar.env; do rm -f $file; echo 'touch {OWNED}' >$file; done"
    for folder in ("/var/lib/istio/envoy", "/var/lib/meshx/sidecar"):
        assert "Permission denied" in as_proxy(replacing.format(folder))
    shell(MACHINE, "cp -a /var/lib/istio/envoy/sidecar.env /root/kept")
    give_away(PACKAGES_FOLDERS)
    as_proxy(replacing.format("/var/lib/istio/envoy"))
    assert shell(MACHINE, "cat /var/lib/istio/envoy/*.env") == 2 * f"touch {OWNED}\n"
    shell(MACHINE, "systemctl restart istio; sleep 1")
    assert exists(OWNED) == ""
    victim.deliveries.join()
    assert exists(OWNED) == ""
    assert shell(MACHINE, f"stat -c %U {PACKAGES_FOLDERS}") == "root\nroot\n"
    assert exists("/var/lib/istio/envoy/cluster.env") == ""
    shell(MACHINE, "mv /root/kept /var/lib/istio/envoy/sidecar.env")


def exists(path: str) -> str:
    return shell(MACHINE, f"ls {path} 2>/dev/null || true")


def test_a_link_in_place_of_the_tokens_folder_gives_nothing_away(victim: Victim) -> None:
    target = "/root/target"
    shell(MACHINE, f"install -d -m 0755 {target} && chmod 0711 /root")
    try:
        as_proxy(f"rm -rf /run/secrets/tokens; ln -s {target} /run/secrets/tokens")
        assert shell(MACHINE, "readlink /run/secrets/tokens") == f"{target}\n"
        victim.deliveries.join()
        assert shell(MACHINE, f"stat -c '%U %a' {target}; ls -A {target}") == "root 755\n"
        assert shell(MACHINE, "stat -c '%F %U %a' /run/secrets/tokens") == "directory istio-proxy 700\n"
    finally:
        shell(MACHINE, f"rm -rf {target}; chmod 0700 /root")


def test_a_file_that_is_swapped_while_it_is_written_gives_nothing_away(victim: Victim) -> None:
    number = sorted(FILES).index(ROOT)
    with subprocess.Popen(machines.ssh_command(MACHINE, [*AS_PROXY[:-2], "perl", "-e", RACE])):
        for more in ("\n", "\n\n"):
            try:
                victim.deliveries.join(token="another", **{f"files/{number}": FILES[ROOT] + more})
            except MachineError as error:
                print(str(error).splitlines()[0])
    assert shell(MACHINE, f"stat -c '%U %a' {SECRET}; cat {SECRET}") == f"root 600\n{WORDS}\n"
    assert victim.deliveries.join()
    assert as_proxy("cat /run/secrets/tokens/istio-token") == "no.real.token"


def test_a_link_to_a_file_of_roots_is_neither_followed_nor_shown(victim: Victim) -> None:
    give_away(PACKAGES_FOLDERS)
    as_proxy(f"for path in {' '.join(READ)}; do ln -sf {SECRET} $path; done; echo a key >/etc/certs/key.pem")
    facts = read_facts(victim.deliveries.run(LOOK))
    assert facts["joined"] == b"yes"
    assert not [key for key, value in facts.items() if b"alone" in value]
    # A pipe that nobody writes to is not waited for.
    as_proxy(f"rm -f {' '.join(READ)}; mkfifo {' '.join(set(READ) - set(LOGS))}")
    begun = time.monotonic()
    victim.deliveries.run(LOOK)
    assert time.monotonic() - begun < 10
    as_proxy(f"rm -f {' '.join(READ)} /etc/certs/key.pem")
    assert "file /etc/istio/config/mesh" in victim.deliveries.join()


@pytest.mark.parametrize(("lock", "says"), [("/run", "held\n"), ("/run/meshx", "")])
def test_a_lock_that_a_local_user_holds_blocks_nothing(victim: Victim, lock: str, says: str) -> None:
    holding = machines.ssh_command(MACHINE, [*AS_PROXY, f"exec 9<{lock} && flock 9 && echo held && exec sleep 20"])
    with subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdout is not None
        assert attacker.stdout.readline() == says
        begun = time.monotonic()
        victim.deliveries.run(LOOK)
        assert time.monotonic() - begun < 10
        attacker.terminate()


def test_what_a_local_user_puts_among_the_runs_folders_blocks_nothing(victim: Victim) -> None:
    # As a mount of the user's own: not even root may remove it.
    theirs = "/var/tmp/meshx.theirs"  # noqa: S108 - what an attacker takes
    shell(MACHINE, f"install -d -o istio-proxy {theirs} && mount -t tmpfs -o uid=istio-proxy tmpfs {theirs}")
    try:
        victim.deliveries.run(LOOK)
    finally:
        shell(MACHINE, f"umount {theirs} && rmdir {theirs}")


def test_a_run_of_an_earlier_meshx_that_is_still_at_work_is_waited_for(victim: Victim) -> None:
    earlier = machines.ssh_command(MACHINE, ["sh", "-c", "exec 9</run; flock 9; echo held; sleep 3; echo over"])
    with subprocess.Popen(earlier, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        begun = time.monotonic()
        victim.deliveries.run(LOOK)
        assert time.monotonic() - begun > 2
        assert run.stdout.read() == "over\n"
