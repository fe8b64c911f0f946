"""The root filesystems of images and of machines, from Debian packages by mmdebstrap(1)."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.builds.recipe import Recipe

SUITE = "bookworm"

IMAGE_PACKAGES = ("ca-certificates", "iptables")
"""What pilot-agent reads and calls; their dependencies have the C library, which Envoy needs."""

MACHINE_PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "iptables",
    "nftables",
    "openssh-server",
    "procps",
    "sudo",
    "systemd",
    "systemd-sysv",
)
MACHINE_UNITS = ("systemd-networkd.service", "ssh.service")
"""What runs from the first boot on. `echo-http.service` is there, for a stack's commands to start it."""
# Nothing to fetch from inside the sandbox, and a first boot that is not slowed down by trying.
MASKED_MACHINE_UNITS = ("apt-daily.timer", "apt-daily-upgrade.timer")
# What makes a machine an individual; whoever starts it gives it its own.
PERSONAL_FILES = ("etc/hostname", "etc/machine-id", "etc/resolv.conf", "var/lib/dbus/machine-id")

MACHINE_FILES = Path(__file__).with_name("machine-root")
"""Files laid over the machines' packages, as they lie below /."""

UNUSED_FOLDERS = ("usr/share/doc", "usr/share/man", "usr/share/locale")


def _build_image_root(folder: Path, _: Mapping[str, Path]) -> None:
    root = folder / "root"
    # "extract" runs no maintainer scripts and brings no shell and no package manager: 17 MiB instead of 190.
    _bootstrap(root, "extract", IMAGE_PACKAGES)
    _remove_unused(root)
    for family in ("iptables", "ip6tables"):
        for suffix in ("", "-save", "-restore"):
            # What the package's alternatives would have set up.
            (root / "usr/sbin" / f"{family}{suffix}").symlink_to("xtables-nft-multi")
    authorities = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
    (root / "etc/ssl/certs/ca-certificates.crt").write_text("".join(file.read_text() for file in authorities))
    for name in ("proc", "run", "sys"):
        (root / name).mkdir(exist_ok=True)
    # As in Istio's own image: the user that its packet rules make an exception for.
    (root / "etc/passwd").write_text("root:x:0:0:root:/:\nistio-proxy:x:1337:1337:istio-proxy:/:\n")
    (root / "etc/group").write_text("root:x:0:\nistio-proxy:x:1337:\n")


def _build_machine_root(folder: Path, needed: Mapping[str, Path]) -> None:
    root = folder / "root"
    _bootstrap(root, "minbase", MACHINE_PACKAGES)
    _remove_unused(root)
    shutil.copytree(MACHINE_FILES, root, dirs_exist_ok=True)
    shutil.copy(needed["echo"] / "echo", root / "usr/local/bin/echo-http")
    run(["chroot", root, "systemctl", "enable", *MACHINE_UNITS], "enable the machines' services")
    run(["chroot", root, "systemctl", "mask", *MASKED_MACHINE_UNITS], "mask the machines' unused timers")
    for file in [*(root / "etc/ssh").glob("ssh_host_*"), *(root / name for name in PERSONAL_FILES)]:
        file.unlink(missing_ok=True)
    # Empty rather than missing: systemd then makes up an id at boot, and does not take it for a first boot.
    (root / "etc/machine-id").touch()


def _bootstrap(root: Path, variant: str, packages: Sequence[str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as options:
        options.write(_host_transport_options())
        options.flush()
        # In namespaces of its own, so that the mounts below a killed one's root go with it: the next build removes
        # that folder, which must not reach into the host's /sys.
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = [*alone, "mmdebstrap", "--mode=root", "--format=directory", f"--variant={variant}"]
        settings = [f"--aptopt={options.name}", "--dpkgopt=force-unsafe-io", f"--include={','.join(packages)}"]
        run([*command, *settings, SUITE, root, *_host_archives()], f"make a root filesystem of Debian {SUITE}")
    # The host's ways to reach the archive, which may have a password in them, are not the machine's.
    for left in (root / "etc/apt/apt.conf.d/99mmdebstrap", root / "etc/dpkg/dpkg.cfg.d/99mmdebstrap"):
        left.unlink(missing_ok=True)


def _host_archives() -> list[str]:
    """The host's own mirrors of the suite, as sources.list lines; none where it uses another suite.

    mmdebstrap then takes Debian's default mirror.
    """
    wanted = {SUITE, f"{SUITE}-updates", f"{SUITE}-security"}
    fields = "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"
    listed = run(["apt-get", "indextargets", "--format", fields, "Identifier: Packages"], "list apt's sources")
    lines: list[str] = []
    for uri, release, component, origin in (line.split() for line in listed.splitlines()):
        # apt leaves the field's name in place of a value that it does not know before the first update.
        if release in wanted and component == "main" and origin in ("Debian", "$(ORIGIN)"):
            lines.append(f"deb {uri} {release} {component}")
    return list(dict.fromkeys(lines)) if any(f" {SUITE} " in line for line in lines) else []


def _host_transport_options() -> str:
    """The host's apt settings on proxies, certificates and retries, in the form of an apt.conf file."""
    settings = run(["apt-config", "dump", "--no-empty"], "read apt's settings").splitlines()
    taken = ("Acquire::http", "Acquire::https", "Acquire::Retries")
    return "".join(f"{line}\n" for line in settings if line.startswith(taken))


def _remove_unused(root: Path) -> None:
    for name in UNUSED_FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)


IMAGE_ROOT = Recipe("image-root", _build_image_root, files=(Path(__file__),))
MACHINE_ROOT = Recipe(
    "machine-root",
    _build_machine_root,
    files=(Path(__file__), MACHINE_FILES),
    needs=("echo",),
)
