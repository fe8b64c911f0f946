"""`up` and `down`: raises the whole sandbox, whatever a killed run left, and ends it without a trace."""

import time
from collections.abc import Callable

from sandbox import leftovers
from sandbox.files import link
from sandbox.parts import PARTS
from sandbox.paths import STATE
from sandbox.supervision import processes, supervisor

BOOT_FILE = STATE / "boot"


class LeftoverError(Exception):
    """Something of the sandbox is still there after `down`. The message lists it."""


def up(say: Callable[[str], None]) -> None:
    """Raise all parts that do not run, and wait until everything serves. say: takes one line about each part."""
    begun = time.monotonic()
    with supervisor.alone():
        _forget_earlier_boot()
        link(leftovers.LINK, STATE)

        def report(part: str, news: str, seconds: float) -> None:
            say(f"{part:<24} {news:<12} {seconds:5.1f} s")

        supervisor.start_all(PARTS, report)
    say(f"The sandbox is up ({time.monotonic() - begun:.1f} s).")


def down(say: Callable[[str], None]) -> None:
    """End everything and remove it. Raises LeftoverError if something is still there."""
    begun = time.monotonic()
    with supervisor.alone():
        leftovers.remove()
    if left := leftovers.found():
        raise LeftoverError("still there after `down`:\n" + "\n".join(f"  {line}" for line in left))
    say(f"The sandbox is down, and nothing of it is left ({time.monotonic() - begun:.1f} s).")


def _forget_earlier_boot() -> None:
    """After a reboot nothing that the state folder records still runs; containerd's records would mislead it."""
    present = processes.boot_id()
    if BOOT_FILE.exists() and BOOT_FILE.read_text() != present:
        leftovers.forget_running()
    BOOT_FILE.write_text(present)
