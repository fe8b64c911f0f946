"""The logs of a machine's sidecar: grown, seen to, and written on."""

from __future__ import annotations

import time

from tests.e2e.machine.deliveries import shell

LOG, ERRORS = "/var/log/istio/istio.log", "/var/log/istio/istio.err.log"
TAKES = "stat -c '%b %B' {} | awk '{{ print int($1 * $2 / 1048576) }}'"
WRITES_WITHIN = 30
LINES = (60 << 20) // len("grown with the time\n")


def expect_large_logs_aside_and_the_sidecar_writing_on(machine: str) -> None:
    """Have both logs grow large by the sidecar's user, and the machine see to them while the sidecar runs."""
    _until_it_writes(machine)
    for log in (LOG, ERRORS):
        # Not by those who have it open, and so at an end of its own; a start that does not append writes over it.
        shell(machine, f"runuser -u istio-proxy -- bash -c 'yes grown with the time | head -c 60M >>{log}'")
        assert int(shell(machine, TAKES.format(log))) >= 60
    started = shell(machine, "systemctl show -p InvocationID istio")
    shell(machine, "systemctl start meshx-logs")
    for log in (LOG, ERRORS):
        assert int(shell(machine, TAKES.format(log))) < 5
        # Beside what the sidecar wrote itself meanwhile.
        assert int(shell(machine, f"zcat {log}.1.gz | grep -c '^grown with the time$'")) > LINES - 1000
        assert shell(machine, f"stat -c '%U %a' {log}.1.gz") == "istio-proxy 644\n"
    _until_it_writes(machine)
    assert int(shell(machine, TAKES.format(ERRORS))) < 5
    assert shell(machine, "systemctl show -p InvocationID istio") == started


def _until_it_writes(machine: str) -> None:
    """Have Envoy log each thing that it does for a moment, and wait until its log says so."""
    said = f"tail -q -c 65536 {LOG} {ERRORS} | tr -d '\\0' | grep -ac 'debug'"
    begun = time.monotonic()
    while int(shell(machine, f"{_level('debug')}; {said} || true")) == 0:
        assert time.monotonic() - begun < WRITES_WITHIN, shell(machine, f"ls -ls /var/log/istio; tail -n 5 {ERRORS}")
        time.sleep(0.5)
    shell(machine, f"{_level('warning')} || true")


def _level(name: str) -> str:
    return f"curl --silent --max-time 5 --output /dev/null --request POST 'http://127.0.0.1:15000/logging?level={name}'"
