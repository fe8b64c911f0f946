"""The sidecar's logs on a machine: they don't fill its disk, and who owns them leads nobody astray."""

from __future__ import annotations

import pytest

from tests.e2e.machine.deliveries import MACHINE, Deliveries, shell
from tests.e2e.machine.sidecar_logs import LOG, expect_large_logs_aside_and_the_sidecar_writing_on
from tests.e2e.stack.machine_listing import listing

pytestmark = pytest.mark.usefixtures("sandbox")


def test_large_logs_are_set_aside_while_the_sidecar_writes_on_and_leaving_takes_all_of_it_away(
    machine: Deliveries, before: dict[str, list[str]]
) -> None:
    machine.join()
    assert shell(MACHINE, "systemctl is-active meshx-logs.timer; systemctl is-enabled meshx-logs.timer") == (
        "active\nenabled\n"
    )
    expect_large_logs_aside_and_the_sidecar_writing_on(MACHINE)
    machine.leave()
    assert listing(MACHINE) == before
    assert shell(MACHINE, "systemctl list-units --all --plain --no-legend 'meshx-*'") == ""


def test_a_link_in_the_place_of_a_log_leads_to_no_file_of_roots(machine: Deliveries) -> None:
    machine.join()
    shell(MACHINE, "systemctl stop istio; yes | head -c 60M >/root/large; chmod 600 /root/large")
    try:
        # As the folder's owner may do, one link to a file and one to a folder for what is kept.
        shell(
            MACHINE,
            "runuser -u istio-proxy -- bash -c"
            f" 'ln -sfn /root/large {LOG}; yes | head -c 60M >/var/log/istio/istio.err.log;"
            " ln -sfn /root/kept /var/log/istio/istio.err.log.new'",
        )
        shell(MACHINE, "systemctl start meshx-logs")
        assert shell(MACHINE, "stat -c '%s %U' /root/large; ls /root/kept 2>&1 || true") == (
            f"{60 << 20} root\nls: cannot access '/root/kept': No such file or directory\n"
        )
    finally:
        shell(MACHINE, "rm -f /root/large")
