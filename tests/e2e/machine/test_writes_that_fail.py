"""A machine on which something that has to be written cannot be: refused beforehand, with nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from meshx.machine.machine_errors import UnfitMachineError
from tests.e2e.machine.deliveries import GATEWAY, MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import differences, listing

pytestmark = pytest.mark.usefixtures("sandbox")


@contextmanager
def read_only(path: str) -> Iterator[None]:
    """Have a path mounted over itself for reading only, as containers have /etc/hosts and images /usr."""
    shell(MACHINE, f"mount --bind {path} {path} && mount -o remount,bind,ro {path}")
    try:
        yield
    finally:
        shell(MACHINE, f"umount {path}")


def test_a_join_that_could_not_write_is_refused_with_all_that_stands_in_the_way_and_nothing_changed(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    paths = ("/etc/hosts", "/usr/local", "/etc/systemd/system", "/var/lib/dpkg")
    with ExitStack() as mounts:
        for path in paths:
            mounts.enter_context(read_only(path))
        with pytest.raises(UnfitMachineError) as told:
            machine.join()
        left = shell(MACHINE, "ls -A /etc | grep -F .meshx. || true")
    text = str(told.value)
    assert "cannot join as it is; nothing was changed on it" in text
    for path in paths:
        assert f"- {path}" in text
        assert f" cannot be written: its file system, mounted on {path}, is read-only: mount it writable" in text
    assert left == ""
    assert not differences(before, listing(MACHINE))


def test_files_that_are_protected_by_an_attribute_are_told_with_how_to_take_that_away(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    shell(MACHINE, "chattr +i /etc/hosts; chattr +a /etc/passwd")
    try:
        with pytest.raises(UnfitMachineError) as told:
            machine.join()
    finally:
        shell(MACHINE, "chattr -i /etc/hosts; chattr -a /etc/passwd")
    for path in ("/etc/hosts", "/etc/passwd"):
        remedy = f"it is protected by an attribute: chattr -i -a {path}"
        assert f"{path} cannot be written: {remedy}" in str(told.value)
    assert not differences(before, listing(MACHINE))


def test_a_repair_and_a_leave_that_could_not_write_are_refused_and_the_machine_stays_in_the_mesh(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    machine.join()
    joined = listing(MACHINE)
    with read_only("/etc/hosts"):
        for operation, verb in ((machine.join, "join"), (machine.leave, "leave")):
            with pytest.raises(
                UnfitMachineError, match=rf"cannot {verb} as it is; nothing was changed on it:\n- /etc/hosts"
            ):
                operation()
    assert not differences(joined, listing(MACHINE))
    machine.leave()
    assert not differences(before, listing(MACHINE))


def test_a_resolver_that_does_not_read_the_hosts_file_is_refused(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    shell(MACHINE, "cp -a /etc/nsswitch.conf /root/away; sed -i 's/^hosts:.*/hosts: dns/' /etc/nsswitch.conf")
    try:
        with pytest.raises(UnfitMachineError, match="the resolver does not read /etc/hosts"):
            machine.join()
    finally:
        shell(MACHINE, "mv /root/away /etc/nsswitch.conf")
    assert not differences(before, listing(MACHINE))


def test_a_unit_that_is_masked_is_refused(machine: Deliveries, before: dict[str, list[str]]) -> None:
    shell(MACHINE, "systemctl mask --quiet istio.service")
    try:
        with pytest.raises(UnfitMachineError, match="unit istio is masked, so nothing can start it: systemctl unmask"):
            machine.join()
    finally:
        shell(MACHINE, "systemctl unmask --quiet istio.service")
    assert not differences(before, listing(MACHINE))


def test_a_hosts_file_with_the_line_ends_of_windows_is_read_as_the_resolver_reads_it(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    shell(
        MACHINE,
        "cp -a /etc/hosts /root/away;"
        " printf '10.1.1.1\\tIstiod.istio-system.svc other.example\\r\\n# a comment\\r\\n' >> /etc/hosts",
    )
    theirs = shell(MACHINE, "od -c /etc/hosts")
    try:
        assert shell(MACHINE, "getent -s files hosts istiod.istio-system.svc").split()[0] == "10.1.1.1"
        machine.join()
        for source in ("-s files", ""):
            found = shell(MACHINE, f"getent {source} ahosts istiod.istio-system.svc | cut -d ' ' -f 1 | sort -u")
            assert found == f"{GATEWAY}\n"
        assert shell(MACHINE, "getent -s files hosts other.example").split()[0] == "10.1.1.1"
        machine.leave()
        assert shell(MACHINE, "od -c /etc/hosts") == theirs
    finally:
        shell(MACHINE, "mv /root/away /etc/hosts")
    assert not differences(before, listing(MACHINE))
