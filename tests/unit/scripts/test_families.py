"""Package managers by family (meshx/scripts/family): which one a machine has, and what is made of rpm's answers."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meshx.join.scripts_library import FAMILY_SCRIPTS, SCRIPTS
from tests.unit.scripts.stubbed_programs import linked, stub

REAL = (
    *("bash", "awk", "cat", "cut", "dirname", "find", "grep", "head", "md5sum", "od", "readlink", "rm", "sed", "seq"),
    *("sha256sum", "sleep", "tail", "timeout", "touch", "tr"),
)
Run = Callable[[str], str]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The folder with all programs of a machine; without a package manager."""
    return linked(tmp_path / "bin", REAL)


@pytest.fixture
def run(tmp_path: Path, programs: Path) -> Run:
    """Runs one of the functions as a join does; what it prints, and the problems that it tells."""
    for name in ("machine.sh", "checks.sh", *FAMILY_SCRIPTS):
        shutil.copy(SCRIPTS / name, tmp_path / Path(name).name)

    def call(command: str) -> str:
        done = subprocess.run(
            [
                str(programs / "bash"),
                "-c",
                f"set -euo pipefail; . ./machine.sh; . ./family.sh; . ./checks.sh; {command}",
            ],
            cwd=tmp_path,
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
        )
        return f"{done.stdout}{done.stderr}" + (f"ended with {done.returncode}\n" if done.returncode else "")

    return call


@pytest.fixture
def rpm(programs: Path) -> Callable[[str], None]:
    """Has the machine a package manager rpm whose answers, by its arguments, are a script's."""

    def answers(body: str) -> None:
        stub(programs, "rpm", f'case "$*" in\n{body}\n"--eval %{{_arch}}") echo x86_64 ;;\n*) exit 1 ;; esac')

    answers("")
    return answers


@pytest.mark.parametrize(
    ("managers", "family"),
    [
        ({"dpkg-query": "exit 0"}, "deb"),
        ({"rpm": "exit 0"}, "rpm"),
        ({"rpm": "exit 0", "dpkg-query": "exit 0"}, "deb"),
        ({"rpm": "exit 0", "dpkg-query": "exit 1"}, "rpm"),
    ],
    ids=["Debian", "Red Hat", "Debian with rpm beside it", "Red Hat with dpkg beside it"],
)
def test_the_package_manager_that_installed_the_system_counts(
    programs: Path, run: Run, managers: dict[str, str], family: str
) -> None:
    for name, body in managers.items():
        stub(programs, name, body)
    assert run('echo "$FAMILY"') == f"{family}\n"


@pytest.mark.parametrize(("told", "known"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("s390x", "s390x")])
def test_processors_of_an_rpm_system_are_called_as_istios_releases_call_them(
    rpm: Callable[[str], None], run: Run, told: str, known: str
) -> None:
    rpm(f'"--eval %{{_arch}}") echo {told}; exit ;;')
    assert run("system_architecture") == f"{known}\n"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("echo 1.31.0-1", "ii  1.31.0-1\n"),
        ("printf '1.30.0-1\\n1.31.0-1\\n'", "two  1.30.0-1 1.31.0-1\n"),
        ("echo package istio-sidecar is not installed; exit 1", ""),
    ],
    ids=["in working order", "cut short", "none"],
)
def test_an_installed_package_is_told_as_on_debian(
    rpm: Callable[[str], None], run: Run, answer: str, status: str
) -> None:
    rpm(f'"-q --qf "*" istio-sidecar") {answer} ;;')
    assert run("package_status istio-sidecar") == status


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A file that begins as an rpm does."""
    file = tmp_path / "package"
    file.write_bytes(b"\xed\xab\xee\xdb and more")
    return file


def test_a_package_of_the_other_family_is_refused_with_the_key_for_the_right_one(
    programs: Path, rpm: Callable[[str], None], run: Run, package: Path
) -> None:
    sum_of = hashlib.sha256(package.read_bytes()).hexdigest()
    stub(programs, "dpkg-query", "exit 0")
    stub(programs, "dpkg", "echo amd64")
    assert run(f"check_package {package} {sum_of}") == (
        "problem: the package is a .rpm, and this machine takes a .deb: name Istio's istio-sidecar.deb for it, "
        "as sidecar.deb.amd64\n"
    )
    (programs / "dpkg-query").unlink()
    package.write_bytes(b"!<arch>\n")
    sum_of = hashlib.sha256(package.read_bytes()).hexdigest()
    assert "the package is a .deb, and this machine takes a .rpm: " in run(f"check_package {package} {sum_of}")


def test_an_rpm_for_another_processor_is_refused(rpm: Callable[[str], None], run: Run, package: Path) -> None:
    rpm('"-qp --nosignature --qf %{ARCH} "*) printf aarch64 ;;')
    sum_of = hashlib.sha256(package.read_bytes()).hexdigest()
    assert "the package is for arm64 and this machine is amd64" in run(f"check_package {package} {sum_of}")


def test_what_an_rpm_needs_is_known_before_anything_is_changed_with_the_command_that_installs_it(
    rpm: Callable[[str], None], run: Run, package: Path
) -> None:
    rpm(
        '"-U --test "*) printf \'error: Failed dependencies:\\n\\tiptables is needed by istio-sidecar-1\\n'
        "\\tsudo >= 1.8 is needed by istio-sidecar-1\\n' >&2; exit 2 ;;"
    )
    assert run(f"check_family {package}").splitlines() == [
        "problem: the package needs iptables, which is not installed: dnf install -y 'iptables'",
        "problem: the package needs sudo >= 1.8, which is not installed: dnf install -y 'sudo >= 1.8'",
    ]


def test_remedies_on_an_rpm_system_name_dnf(rpm: Callable[[str], None], run: Run) -> None:
    told = run("check_system")
    assert "problem: sudo is missing: dnf install -y sudo\n" in told
    assert "apt-get" not in told


def test_files_that_others_replaced_are_found_by_the_sums_in_the_rpm(
    rpm: Callable[[str], None], run: Run, tmp_path: Path
) -> None:
    same, other, edited = tmp_path / "same", tmp_path / "other", tmp_path / "edited"
    for file in (same, other, edited):
        file.write_text("content\n")
    md5, sha256 = (hashlib.new(name, b"content\n").hexdigest() for name in ("md5", "sha256"))
    lines = [
        f"{same} 8 0 {sha256} 0100644 root root 0 0 0 X",
        f"{same} 8 0 {md5} 0100644 root root 0 0 0 X",
        f"{other} 8 0 {sha256} 0100644 root root 0 0 0 X",
        f"{tmp_path}/gone 8 0 {sha256} 0100644 root root 0 0 0 X",
        f"{edited} 8 0 {sha256} 0100644 root root 1 0 0 X",
        f"{tmp_path} 0 0 {'0' * 64} 040755 root root 0 0 0 X",
    ]
    (tmp_path / "dump").write_text("\n".join(lines) + "\n")
    rpm(f'"-qp --nosignature --dump "*) cat {tmp_path}/dump ;;')
    for file in (other, edited):
        file.write_text("another\n")
    assert run("differing_files package") == f"{other}\n{tmp_path}/gone\n"


def test_a_package_whose_script_failed_counts_as_not_installed(rpm: Callable[[str], None], run: Run) -> None:
    rpm("\"-U --nosignature \"*) echo 'warning: %post(istio-sidecar-1) scriptlet failed, exit status 1' >&2 ;;")
    told = run("install_package_file package")
    assert "scriptlet failed" in told
    assert told.endswith("ended with 1\n")


def test_another_run_of_rpm_is_waited_for(rpm: Callable[[str], None], run: Run, tmp_path: Path, programs: Path) -> None:
    (programs / "sleep").unlink()
    stub(programs, "sleep", "exit 0")
    rpm(
        f'"-U --nosignature "*) [[ ! -e {tmp_path}/free ]] || exit 0; touch {tmp_path}/free;'
        ' echo "error: can\'t create transaction lock on /var/lib/rpm/.rpm.lock" >&2; exit 1 ;;'
    )
    assert run("install_package_file package") == ""


def test_removing_takes_what_rpm_keeps_of_edited_settings_with_it(
    rpm: Callable[[str], None], run: Run, tmp_path: Path
) -> None:
    settings = tmp_path / "sidecar.env"
    for ending in ("", ".rpmsave", ".rpmnew"):
        Path(f"{settings}{ending}").touch()
    rpm(f'"-q --configfiles istio-sidecar") echo {settings} ;;\n"-e --allmatches istio-sidecar") rm -f {settings} ;;')
    assert run("remove_package_named istio-sidecar") == ""
    assert not list(tmp_path.glob("sidecar.env*"))


def test_what_an_installation_left_that_was_killed_is_taken_away_and_nothing_else(
    rpm: Callable[[str], None], run: Run, tmp_path: Path
) -> None:
    machine = (tmp_path / "machine.sh").read_text().replace("BINARIES=/usr/local/bin", f"BINARIES={tmp_path}/programs")
    (tmp_path / "machine.sh").write_text(machine)
    (tmp_path / "programs").mkdir()
    for name in ("envoy", "envoy;6b0cd962", "istio-start.sh;6b0cd962", "another;6b0cd962"):
        (tmp_path / "programs" / name).touch()
    assert run("clear_cut_short") == ""
    assert {file.name for file in (tmp_path / "programs").iterdir()} == {"envoy", "another;6b0cd962"}


def test_firewalld_that_refuses_what_others_redirect_is_told_beforehand(
    programs: Path, run: Run, tmp_path: Path
) -> None:
    stub(programs, "dpkg-query", "exit 0")
    stub(programs, "systemctl", "exit 0")
    # The script names firewalld's own file.
    checks = (tmp_path / "checks.sh").read_text().replace("/etc/firewalld/firewalld.conf", str(tmp_path / "conf"))
    (tmp_path / "checks.sh").write_text(checks)
    for setting, problems in (
        ("StrictForwardPorts=no", 0),
        ("StrictForwardPorts = yes", 1),
        ("#StrictForwardPorts=yes", 0),
    ):
        (tmp_path / "conf").write_text(f"DefaultZone=public\n{setting}\n")
        assert run("check_firewall").count("write StrictForwardPorts=no into") == problems, setting
    stub(programs, "systemctl", "exit 3")
    (tmp_path / "conf").write_text("StrictForwardPorts=yes\n")
    assert run("check_firewall") == ""
