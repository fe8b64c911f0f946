"""The sidecar's logs, which grow as long as it runs (meshx/scripts/upkeep/rotate_logs.sh)."""

import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshx.doctor.checks import space_check
from meshx.join.scripts_library import script_text

SCRIPT = script_text("upkeep/rotate_logs.sh")
LARGE = b"x" * 1023 + b"\n"
LARGE *= 1100
"""A little over 1 MiB."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The sidecar's log, which does not exist yet."""
    return tmp_path / "istio.log"


def rotate(log: Path, **environment: str) -> str:
    """Run the script as its unit does, on a machine where 1 MiB is large; what it says."""
    text = SCRIPT.replace("LOGS=/var/log/istio", f"LOGS={log.parent}").replace("LARGEST_MIB=50", "LARGEST_MIB=1")
    ran = subprocess.run(
        ["bash", "-s"], input=text, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return ran.stdout


def taken(file: Path) -> int:
    return file.stat().st_blocks * 512


def kept(log: Path, number: int) -> bytes:
    return gzip.decompress(log.with_name(f"{log.name}.{number}.gz").read_bytes())


@pytest.fixture(params=[os.O_APPEND, 0], ids=["appends", "goes on where it was"])
def writer(request: pytest.FixtureRequest, log: Path) -> Iterator[int]:
    """What the sidecar has open: since 1.20 to append, before without."""
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | request.param)
    yield descriptor
    os.close(descriptor)


def test_a_log_that_is_not_large_stays_as_it_is(log: Path) -> None:
    log.write_bytes(LARGE[: 1 << 20])
    assert rotate(log) == ""
    assert log.read_bytes() == LARGE[: 1 << 20]
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_a_large_log_is_compressed_and_emptied_and_the_sidecar_writes_on(log: Path, writer: int) -> None:
    for round_ in range(1, 4):
        first = b"round %d\n" % round_
        os.write(writer, first + LARGE)
        assert rotate(log) == ""
        assert taken(log) == 0
        assert kept(log, 1) == first + LARGE
    assert kept(log, 3).startswith(b"round 1\n")
    os.write(writer, b"and on\n")
    assert log.read_bytes().lstrip(b"\0") == b"and on\n"
    assert taken(log) < 1 << 20


def test_five_are_kept_of_each_log(log: Path) -> None:
    for log_ in (log, log.with_name("istio.err.log")):
        for round_ in range(7):
            log_.write_bytes(b"%d" % round_ + LARGE)
            rotate(log)
        assert [kept(log_, number)[:1] for number in range(1, 6)] == [b"6", b"5", b"4", b"3", b"2"]
    assert len(list(log.parent.iterdir())) == 12


def test_a_full_disk_gets_an_emptied_log_and_nothing_kept(log: Path, tmp_path: Path) -> None:
    log.write_bytes(LARGE)
    rotate(log)
    log.write_bytes(LARGE)
    full = tmp_path / "programs"
    full.mkdir()
    (full / "gzip").write_text("#!/bin/sh\nhead -c 10\nexit 1\n")
    (full / "gzip").chmod(0o755)
    assert "emptied" in rotate(log, PATH=f"{full}:{os.environ['PATH']}")
    assert log.read_bytes() == b""
    assert sorted(file.name for file in tmp_path.iterdir()) == ["istio.log", "programs"]


def test_a_link_is_no_log(log: Path) -> None:
    other = log.with_name("other")
    other.write_bytes(LARGE)
    log.symlink_to(other)
    rotate(log)
    assert other.read_bytes() == LARGE


def test_the_doctor_finds_fault_with_more_than_logs_can_take_that_are_seen_to() -> None:
    largest, keeps = (int(re.findall(rf"{name}=(\d+)", SCRIPT)[0]) for name in ("LARGEST_MIB", "KEPT"))
    assert 2 * largest * (1 + keeps) < space_check.MOST_LOGS_MIB
