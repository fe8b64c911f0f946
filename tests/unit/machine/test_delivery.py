"""The stream that goes to a machine."""

import io
import subprocess
import tarfile

import pytest

from meshx.join.scripts_library import SCRIPTS
from meshx.machine.delivery import Delivery, remote_command, tar_stream


def unpacked(delivery: Delivery) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(tar_stream(delivery)))) as archive:
        assert {info.mode for info in archive} == {0o600}
        return {info.name: archive.extractfile(info).read() for info in archive}


@pytest.mark.parametrize("size", [0, 1, 512, 513, (1 << 18) + 7])
def test_script_data_and_package_arrive_as_they_are(tmp_path, size):
    package = tmp_path / "istio-sidecar.deb"
    package.write_bytes(bytes(range(256)) * (size // 256 + 1))
    members = unpacked(Delivery("join.sh", {"files/0": "ä\n", "token": "t" * size}, package))
    assert members["disk/package"] == package.read_bytes()
    assert members["files/0"] == "ä\n".encode()
    assert members["token"] == b"t" * size
    assert members["script"] == (SCRIPTS / "join.sh").read_bytes()


def test_every_script_finds_what_it_sources():
    members = unpacked(Delivery("leave.sh"))
    for script in ("join.sh", "leave.sh", "observe.sh"):
        text = (SCRIPTS / script).read_text()
        sourced = {line.split("/")[-1].rstrip('"') for line in text.splitlines() if line.startswith(". ")}
        assert sourced
        assert sourced <= members.keys()


def test_the_remote_command_survives_the_shell_that_takes_it_apart():
    command = remote_command("root")
    words = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True).stdout.split(
        b"\0"
    )[:-1]
    assert words == [b"sh", b"-c", (SCRIPTS / "lock.sh").read_bytes() + (SCRIPTS / "receive.sh").read_bytes()]
