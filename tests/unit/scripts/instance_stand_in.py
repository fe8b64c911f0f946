"""A folder in place of an instance: its scripts run there against stand-ins of Google and of the cluster."""

import hashlib
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from meshx.join.scripts_library import FAMILY_SCRIPTS, SCRIPTS
from meshx.join.startup_script import GCE_FILES, IDENTITY_SCRIPT
from tests.unit.scripts.google_stand_in import Google

PACKAGE = b"a package"
REAL = (
    *("bash", "basename", "cat", "chmod", "curl", "cut", "date", "dirname", "env", "false", "grep", "head", "id"),
    *("base64", "install", "mkdir", "mktemp", "mv", "openssl", "readlink", "rm", "tail", "touch", "tr", "true", "wc"),
    *("dd", "flock", "sha256sum", "timeout"),
)


@dataclass
class Instance:
    """A machine of its own folder: its scripts, its programs, what its settings say."""

    folder: Path
    google: Google
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run one of its scripts, with the settings as they are."""
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in self.settings.items())
        (self.folder / "work" / "cluster_access.env").write_text(text)
        return subprocess.run(
            ["bash", str(self.folder / "work" / script)],
            env={"PATH": str(self.folder / "bin"), "HOME": "/", "ARGV_LOG": str(self.folder / "argv")},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def stub(self, name: str, body: str) -> None:
        """Put a program in the place of a real one."""
        program = self.folder / "bin" / name
        program.unlink(missing_ok=True)
        program.write_text(f"#!{shutil.which('bash')}\n{body}\n")
        program.chmod(0o755)

    def script(self, name: str, body: str) -> None:
        """Put a script in the place of one that is delivered."""
        (self.folder / "work" / name).write_text(f"{body}\n")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    @property
    def command_lines(self) -> str:
        """Every command line of curl, which anybody on the machine may read."""
        return self.read("argv")


def stand_in_instance(folder: Path, google: Google, identity_script: str, files: Sequence[str]) -> Instance:
    """An instance that shows who it is by that script, with the files that go with it; its join does nothing."""
    for name in ("bin", "work", "work/files", "work/disk", "tokens", "certs", "units"):
        (folder / name).mkdir()
    for name in REAL:
        (folder / "bin" / name).symlink_to(str(shutil.which(name)))
    for script in (*GCE_FILES, "machine.sh", "when_down/when_down.sh", *FAMILY_SCRIPTS, *files):
        shutil.copy(SCRIPTS / script, folder / "work" / Path(script).name)
    startup = folder / "work" / "startup.sh"
    startup.write_text(startup.read_text().replace("LOOK_SECONDS=30", "LOOK_SECONDS=1"))
    shutil.copy(SCRIPTS / identity_script, folder / "work" / IDENTITY_SCRIPT)
    made = Instance(folder, google)
    made.settings = {
        "API_SERVER_RESOLVE": "",
        "NAMESPACE": "vm",
        "SERVICE_ACCOUNT": "vmhttp",
        "CERTIFICATE_FILE": str(folder / "certs" / "cert-chain.pem"),
        "READY_SECONDS": "1",
        "LONGEST_PAUSE": "2",
        "SIDECAR_LOG": str(folder / "istio.log"),
        "LIBRARY": str(folder / "library"),
        "UNITS": str(folder / "units"),
    }
    made.stub("curl", f'printf "%s\\n" "$*" >>"$ARGV_LOG"; exec {shutil.which("curl")} "$@"')
    made.stub("systemctl", 'echo "$*" >>"$ARGV_LOG.systemctl"')
    # Not for a second in tests: only how the pauses grow counts.
    made.stub("sleep", 'echo "$1" >>"$ARGV_LOG.sleep"')
    made.stub("runuser", 'shift 3; exec "$@"')
    made.stub("id", "[[ $* = -u ]] && echo 1000")
    (folder / "work" / "files.tsv").write_text("")
    (folder / "work" / "revision").write_text("1\n")
    (folder / "work" / "package").write_text(f"istio-sidecar {hashlib.sha256(PACKAGE).hexdigest()}\n")
    return made


def reach(instance: Instance) -> None:
    """Lead the instance to its servers, once they listen."""
    google = instance.google
    instance.settings |= {
        "METADATA": f"http://127.0.0.1:{google.metadata_port}/computeMetadata/v1",
        "API_SERVER": f"https://127.0.0.1:{google.api_port}",
        "PACKAGE_URL": f"http://127.0.0.1:{google.metadata_port}/package",
    }
