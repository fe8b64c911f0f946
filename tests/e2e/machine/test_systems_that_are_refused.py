"""Machines of a kind that meshx cannot join: refused in words, with nothing changed on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from meshx.machine.machine_errors import UnfitMachineError
from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.stack.machine_listing import differences, listing


def refused(machine: Deliveries) -> str:
    """What a join says that is refused."""
    with pytest.raises(UnfitMachineError) as told:
        machine.join()
    text = str(told.value)
    assert "nothing was changed on it" in text
    return text


@contextmanager
def standing_in(program: str, script: str) -> Iterator[None]:
    """Have a shell script, or nothing at all where it is empty, in place of a program of the machine's."""
    shell(MACHINE, f"mv {program} /root/away")
    try:
        if script:
            shell(MACHINE, f"cp -a /root/away {program}; printf '#!/bin/sh\\n%s\\n' '{script}' >{program}")
        yield
    finally:
        shell(MACHINE, f"mv -f /root/away {program}")


def test_a_debian_package_is_refused_on_an_rpm_system_with_the_key_for_the_right_one(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    # As of no file that is none of its own, it tells only what the system is.
    fake = '#!/bin/sh\\n[ "$1" = --eval ] && echo x86_64\\n'
    shell(MACHINE, f"printf '{fake}' >/usr/bin/rpm; chmod 0755 /usr/bin/rpm")
    try:
        with standing_in("/usr/bin/dpkg-query", "exit 1"):
            told = refused(machine)
    finally:
        shell(MACHINE, "rm /usr/bin/rpm")
    assert "the package is a .deb, and this machine takes a .rpm" in told
    assert "name Istio's istio-sidecar.rpm for it, as sidecar.rpm.amd64" in told
    assert not differences(before, listing(MACHINE))


def test_an_arm64_machine_is_refused_a_package_for_amd64_with_the_one_to_take(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    with standing_in("/usr/bin/dpkg", "echo arm64"):
        told = refused(machine)
    assert "the package is for amd64 and this machine is arm64" in told
    assert "name Istio's package for arm64 under the machine's sidecar" in told
    assert not differences(before, listing(MACHINE))


def test_packet_rules_beside_which_the_sidecars_cannot_stand_are_refused(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    shell(
        MACHINE,
        "nft 'add table ip nat; add chain ip nat OUTPUT { type nat hook output priority -90; };"
        " add rule ip nat OUTPUT ct mark 1 accept'",
    )
    try:
        told = refused(machine)
    finally:
        shell(MACHINE, "nft delete table ip nat")
    assert "the nftables table `ip nat' has chains of iptables' names that iptables cannot share" in told
    assert not differences(before, listing(MACHINE))
