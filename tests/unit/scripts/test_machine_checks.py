"""What a machine is refused for before anything on it is changed, and in which words (meshx/scripts/checks.sh)."""

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from meshx.istio.certificate_authority import CertificateAuthority
from meshx.join.bundle import bundle_inputs, join_bundle
from meshx.join.gateway_endpoint import AT_AN_ADDRESS, GatewayEndpoint
from meshx.join.machine_files import machine_files
from meshx.join.scripts_library import FAMILY_SCRIPTS, SCRIPTS
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, PACKAGE, WORKLOAD
from tests.unit.scripts.stubbed_programs import linked, stub

REAL = ("bash", "sha256sum", "cut", "cat", "awk", "df", "readlink", "id", "grep", "dirname", "seq", "sed", "sort")
REAL += ("head", "od", "tr", "sleep", "timeout")
SOURCED = ("machine.sh", "family.sh", "proxy_user.sh", "packet_rules.sh", "checks.sh")
Check = Callable[[str], list[str]]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The folder with all programs of a machine: the usual ones, and a Debian system's."""
    folder = linked(tmp_path / "bin", REAL)
    for name in ("dpkg", "iptables", "sudo", "hostname"):
        stub(folder, name, "exit 0")
    return folder


@pytest.fixture
def check(tmp_path: Path, programs: Path) -> Check:
    """Runs one of the script's functions and returns the problems that it told."""
    for name in (*FAMILY_SCRIPTS, *SOURCED):
        if (SCRIPTS / name).exists():
            shutil.copy(SCRIPTS / name, tmp_path / Path(name).name)

    def run(call: str) -> list[str]:
        done = subprocess.run(
            [str(programs / "bash"), "-c", "".join(f". ./{name}; " for name in SOURCED) + call],
            cwd=tmp_path,
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        problems = [line.removeprefix("problem: ") for line in done.stderr.splitlines()]
        return [problem for problem in problems if not problem.startswith("systemd does not run")]

    return run


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package, whose content only its sum is about."""
    file = tmp_path / "package"
    file.write_bytes(b"!<arch>\na package")
    return file


def sum_of(package: Path) -> str:
    return hashlib.sha256(package.read_bytes()).hexdigest()


def test_a_debian_machine_with_all_programs_is_fit(check: Check) -> None:
    assert check("check_system") == []


def test_a_system_without_any_package_manager_that_is_known_is_refused(check: Check, programs: Path) -> None:
    (programs / "dpkg").unlink()
    (problem,) = check("check_system; check_family none")
    assert problem.startswith("there is neither dpkg nor rpm: use a machine of Debian's family")


@pytest.mark.parametrize("program", ["iptables", "sudo", "hostname"])
def test_a_program_that_is_missing_is_named_with_its_package(check: Check, programs: Path, program: str) -> None:
    (programs / program).unlink()
    assert check("check_system") == [f"{program} is missing: apt-get install -y {program}"]


def test_a_sudo_that_would_start_the_sidecar_without_its_settings_is_refused(check: Check, programs: Path) -> None:
    stub(programs, "sudo", "echo sudo-rs 0.2.8")
    (problem,) = check("check_system")
    assert problem.startswith("sudo is sudo-rs, which ignores -E, ")
    assert problem.endswith("update-alternatives --set sudo /usr/bin/sudo.ws)")
    stub(programs, "sudo", "echo Sudo version 1.9.15p5")
    assert check("check_system") == []


@pytest.mark.parametrize(
    ("told", "problems"),
    [("systemd 219", 1), ("systemd 239 (239-82.el8)", 0), ("systemd 257 (257.7-1)", 0), ("systemd 260~rc1", 0)],
    ids=["CentOS 7", "RHEL 8", "Debian 13", "a candidate"],
)
def test_a_systemd_that_is_too_old_for_the_units_is_refused_by_its_version(
    check: Check, programs: Path, told: str, problems: int
) -> None:
    stub(programs, "systemctl", f"echo '{told}'; echo +PAM +AUDIT")
    found = check("check_system")
    assert found == ["systemd is 219, and meshx's units need 236 or later: use a newer system"] * problems


def test_a_machine_that_is_to_renew_its_token_needs_curl(tmp_path, programs, check):
    (tmp_path / "renewal").mkdir()
    assert check("check_system") == ["curl is missing, by which the machine renews its token: apt-get install -y curl"]
    stub(programs, "curl", "exit 0")
    assert check("check_system") == []


@pytest.mark.parametrize(("filters", "family"), [("iptables", "ip"), ("ip6tables", "ip6")])
def test_a_table_of_the_machines_own_that_iptables_cannot_share_is_named(
    check: Check, programs: Path, filters: str, family: str
) -> None:
    stub(programs, filters, f"echo '{filters} v1.8.9 (nf_tables)'")
    stub(programs, f"{filters}-save", "echo \"# Table \\`nat' is incompatible, use 'nft' tool.\"")
    (problem,) = check("check_packet_filters")
    assert problem.startswith(
        f"the nftables table `{family} nat' has chains of iptables' names that iptables cannot share"
    )
    assert problem.endswith("give that table another name in the machine's own rules")


@pytest.mark.parametrize(
    "told",
    [
        "# Table \\`filter' is incompatible, use 'nft' tool.",
        "# Table \\`nat' contains incompatible base-chains, use 'nft' tool to list them.",
    ],
)
def test_tables_of_the_machines_own_that_the_sidecar_can_live_with_are_no_problem(
    check: Check, programs: Path, told: str
) -> None:
    stub(programs, "iptables", "echo 'iptables v1.8.9 (nf_tables)'")
    stub(programs, "iptables-save", f'echo "{told}"')
    assert check("check_packet_filters") == []


def test_a_table_in_nftables_is_no_matter_to_a_machine_with_legacy_packet_filters(check: Check, programs: Path) -> None:
    stub(programs, "iptables", "echo 'iptables v1.8.9 (legacy)'")
    stub(programs, "iptables-save", "echo \"# Table \\`nat' is incompatible, use 'nft' tool.\"")
    assert check("check_packet_filters") == []


@pytest.mark.parametrize(
    ("processors", "problems"),
    [
        (("amd64", "amd64"), []),
        (("arm64", "arm64"), []),
        (("arm64", "all"), []),
        (
            ("arm64", "amd64"),
            [
                "the package is for amd64 and this machine is arm64: "
                "name Istio's package for arm64 under the machine's sidecar"
            ],
        ),
    ],
)
def test_a_package_for_another_processor_is_refused_with_the_one_to_take(
    check: Check, programs: Path, package: Path, processors: tuple[str, str], problems: list[str]
) -> None:
    machine, built_for = processors
    stub(programs, "dpkg", f"echo {machine}")
    stub(programs, "dpkg-deb", f"echo {built_for}")
    assert check(f"check_package {package} {sum_of(package)}") == problems


def test_a_package_with_another_sum_is_refused(check: Check, package: Path) -> None:
    wanted = "0" * 64
    (problem,) = check(f"check_package {package} {wanted}")
    assert problem.startswith(f"the package arrived with another SHA-256 than {wanted}: ")


# dpkg-deb's listing and content, the listing longer than what is read before a name in it is found.
DPKG_DEB = """
case $1 in
  -c)
    for name in {names} filler; do echo "-rwxr-xr-x root/root 1 2020-03-01 12:00 ./usr/local/bin/$name"; done
    seq -f './usr/share/doc/%.0f' 30000
    ;;
  *) cat {archive} ;;
esac
"""
CALLS = '"${ISTIO_BIN_BASE}/istio-clean-iptables"\n"${ISTIO_BIN_BASE}/istio-iptables" "${@}"\n'


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ((CALLS, "istio-iptables.sh istio-clean-iptables.sh"), ["istio-iptables", "istio-clean-iptables"]),
        ((CALLS, "istio-iptables istio-clean-iptables"), []),
        (("${ISTIO_BIN_BASE}/istio-iptables.sh\n", "istio-iptables.sh"), []),
        (('"${ISTIO_BIN_BASE}/pilot-agent" istio-iptables\n', "pilot-agent"), []),
    ],
    ids=["1.4.0 to 1.4.3", "from 1.4.4 on", "until 1.3", "later lines"],
)
def test_a_package_whose_start_script_calls_what_it_lacks_is_refused(
    check: Check, programs: Path, package: Path, content: tuple[str, str], missing: list[str]
) -> None:
    script, names = content
    file = package.parent / "usr/local/bin/istio-start.sh"
    file.parent.mkdir(parents=True)
    file.write_text(script)
    archive = package.parent / "content.tar"
    with tarfile.open(archive, "w") as written:
        written.add(file, "./usr/local/bin/istio-start.sh")
    for name in ("tar", "seq"):
        if not (programs / name).exists():
            (programs / name).symlink_to(str(shutil.which(name)))
    stub(programs, "dpkg-deb", DPKG_DEB.format(names=names, archive=archive))
    told = check(f"set -o pipefail; check_start_script {package}")
    assert [problem.split(",")[0] for problem in told] == [
        f"the package's istio-start.sh calls {name}" for name in missing
    ]


def test_a_file_system_without_room_for_the_package_is_named_with_what_is_needed(
    check: Check, programs: Path, package: Path
) -> None:
    stub(programs, "dpkg-deb", "echo 102400")
    (programs / "df").unlink()
    stub(programs, "df", "echo head; case $2 in /usr/local*) echo x 1 1 2048 ;; *) echo x 1 1 9999999 ;; esac")
    (problem,) = check(f"check_space {package}")
    assert problem.startswith("only 2 MiB are free under /usr/local")
    assert problem.endswith(" and 116 are needed: make room")


@pytest.mark.parametrize(("program", "problems"), [("istio-iptables", 0), ("istio-iptables.sh", 1)])
def test_a_start_script_is_held_to_the_programs_of_its_package_however_many_files_that_has(
    check: Check, programs: Path, package: Path, program: str, problems: int
) -> None:
    stub(programs, "tar", "cat >/dev/null; echo exec /usr/local/bin/istio-iptables")
    stub(programs, "dpkg-deb", f'echo "-rwxr-xr-x root/root 1 ./usr/local/bin/{program}"; exec seq 100000')
    told = check(f"set -o pipefail; check_start_script {package}")
    assert [problem for problem in told if "calls istio-iptables, which the package lacks" in problem] == told
    assert len(told) == problems


@pytest.mark.parametrize(
    ("has_nat", "cleaner"),
    [(True, "istio-clean-iptables.sh"), (False, "istio-clean-iptables.sh"), (False, "istio-iptables.sh")],
)
def test_without_ipv6_nat_a_package_of_1_4_is_refused_since_its_start_would_fail(
    check: Check, programs: Path, package: Path, has_nat: bool, cleaner: str
) -> None:
    stub(programs, "dpkg-deb", f'echo "-rwxr-xr-x root/root 1 ./usr/local/bin/{cleaner}"')
    stub(programs, "ip6tables", f"exit {0 if has_nat else 3}")
    told = check(f"set -o pipefail; check_ipv6_nat {package}")
    assert len(told) == (not has_nat and "clean" in cleaner)
    assert all("take the package of 1.3" in problem for problem in told)


def test_the_program_by_which_a_classic_package_makes_its_user_is_asked_for(check: Check, programs: Path) -> None:
    assert not [problem for problem in check("check_family none") if "adduser" in problem]
    (programs.parent / "companions").write_text("istio-auth-node-agent\n")
    assert [problem for problem in check("check_family none") if "apt-get install -y adduser" in problem]
    stub(programs, "adduser", "exit 0")
    assert not [problem for problem in check("check_family none") if "adduser" in problem]


def test_what_may_only_be_added_to_is_told_with_the_attribute_to_take_away(
    check: Check, programs: Path, tmp_path: Path
) -> None:
    (programs / "mkdir").symlink_to(str(shutil.which("mkdir")))
    (programs / "df").unlink()
    stub(
        programs,
        "lsattr",
        f'for file in "${{@:3}}"; do [[ $file != {tmp_path}/file ]] || echo "-----a---- $file"; done',
    )
    (tmp_path / "file").touch()
    call = f". ./writes.sh; written_paths() {{ echo {tmp_path}/file; echo {tmp_path}/new/er; }}; check_writes no"
    shutil.copy(SCRIPTS / "writes.sh", tmp_path / "writes.sh")
    assert check(call) == [
        f"{tmp_path}/file cannot be written: it is protected by an attribute: chattr -i -a {tmp_path}/file"
    ]


GATEWAYS = {
    "at an address": (AT_AN_ADDRESS, CONTROL_PLANE, []),
    "at an address, by another port": (GatewayEndpoint("203.0.113.15", control_plane=31512), CONTROL_PLANE, []),
    "at a host name": (GatewayEndpoint("lb.example.com"), CONTROL_PLANE, ["lb.example.com"]),
    "a CA of its own": (
        GatewayEndpoint("lb.example.com", 443),
        replace(CONTROL_PLANE, authority=CertificateAuthority("ca.corp.example", 8443, root="system")),
        ["ca.corp.example", "lb.example.com"],
    ),
}


@pytest.mark.parametrize("where", GATEWAYS)
def test_a_host_that_no_name_server_knows_is_told_before_a_sidecar_needs_it(
    where: str, check: Check, tmp_path: Path, programs: Path
) -> None:
    gateway, facts, asked = GATEWAYS[where]
    address = gateway.hosts_address or ("" if gateway.is_name else "10.77.0.200")
    made = bundle_inputs(join_bundle(facts, WORKLOAD, MACHINE, PACKAGE, gateway), "pem", address)
    (tmp_path / "files").mkdir()
    for name, text in machine_files(made).items():
        (tmp_path / name).write_text(text)
    stub(programs, "runuser", 'shift 3; exec "$@"')
    stub(programs, "getent", "exit 2")
    told = [problem.split(",")[0] for problem in check("check_hosts 0")]
    assert told == [f"no name server of this machine knows {host}" for host in asked]
    stub(programs, "getent", "exit 0")
    assert check("check_hosts 0") == []


def test_a_load_balancers_name_gets_some_time_to_be_known(check: Check, tmp_path: Path, programs: Path) -> None:
    stub(programs, "runuser", 'shift 3; exec "$@"')
    stub(programs, "getent", f"[[ -e {tmp_path}/tried ]] || {{ : >{tmp_path}/tried; exit 2; }}")
    assert check("asked_hosts() { echo lb.example.com; }; check_hosts 30") == []
