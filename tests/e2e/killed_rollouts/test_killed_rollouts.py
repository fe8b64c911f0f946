"""Rollouts over four machines in two waves: timed, on a full disk, cut off by power, and killed at random moments.

The tests of this file follow one stack, so each builds on the one before it.
"""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from sandbox import machines
from tests.e2e.killed_rollouts.four_machines import (
    NAMES,
    PACKAGES,
    PAUSE_SECONDS,
    UP,
    await_rest,
    carried,
    first_wave,
    most_lacked,
    package,
    versions,
)
from tests.e2e.recovery.watched_run import WatchedRun
from tests.e2e.rollout.rollout_stack import GOOD, has, nothing_to_do, of
from tests.e2e.stack.mesh_project import MeshProject
from tests.e2e.stack.two_machines import calls_both_ways
from tests.e2e.steady.test_steady_traffic import await_serving

pytestmark = pytest.mark.usefixtures("sandbox")

KILLS = 20
LATEST = 0.95
"""How much of a rollout's known length a kill may wait for."""
ARMED_SECONDS = 120.0
SMALL_DISK = (
    "mkdir /run/away && cp -a /var/lib/meshx/good/. /run/away && mount -t tmpfs -o size=$(($(du -sk /run/away | "
    "cut -f 1) + 1024))k,mode=700 tmpfs /var/lib/meshx/good && cp -a /run/away/. /var/lib/meshx/good"
)


@pytest.fixture(scope="module")
def length(four: MeshProject) -> float:
    """How long a whole rollout takes, in seconds; from the first package to the second."""
    package(four, PACKAGES[1])
    old = versions()
    with calls_both_ways("two waves of two machines each") as calls:
        begun = time.monotonic()
        four.expect(*UP)
        took = time.monotonic() - begun
    print(f"two waves of two machines each took {took:.0f} s, {PAUSE_SECONDS} s of it the pause")
    assert calls.to_machines.answers
    assert not calls.to_machines.failed, calls.summary()
    assert all(new != old[name] for name, new in versions().items())
    nothing_to_do(four)
    return took


def test_four_machines_go_in_two_waves_and_no_call_to_them_fails(length: float) -> None:
    assert length > PAUSE_SECONDS


def test_a_machine_whose_disk_is_full_is_refused_in_words_and_serves_on(four: MeshProject, length: float) -> None:
    assert length
    package(four, PACKAGES[0])
    before, full = versions(), next(iter(sorted(first_wave(four))))
    others = set(NAMES) - first_wave(four)
    assert of(full, "sh", "-c", f"{SMALL_DISK} && echo done") == "done"
    try:
        with calls_both_ways(f"a full disk on {full}") as calls:
            ran = four.pulumi(*UP)
        assert ran.code != 0
        assert "/var/lib/meshx/good" in ran.text, ran.text
        assert not calls.to_machines.failed, calls.summary()
        now = versions()
        assert {name: now[name] for name in (full, *others)} == {name: before[name] for name in (full, *others)}
        await_serving(set(NAMES))
    finally:
        of(full, "sh", "-c", "umount /var/lib/meshx/good; rm -rf /run/away")
    four.expect(*UP, "--refresh")
    assert len(set(versions().values())) == 1
    nothing_to_do(four)


def test_a_machine_that_loses_power_in_the_middle_halts_the_waves_and_goes_back_when_it_boots(
    four: MeshProject, length: float
) -> None:
    assert length
    package(four, PACKAGES[1])
    before, wave = versions(), first_wave(four)
    dark = next(iter(sorted(wave - {"vm-1"})))
    run = WatchedRun(four, UP, {})
    deadline = time.monotonic() + ARMED_SECONDS
    while not has(dark, GOOD / "armed"):
        assert time.monotonic() < deadline, run.text
        time.sleep(0.2)
    machines.stop(dark)
    code = run.end()
    off = time.monotonic()
    assert code != 0
    assert dark in run.errors(), run.text
    now = versions()
    later = set(NAMES) - wave
    assert {name: now[name] for name in later} == {name: before[name] for name in later}
    machines.start(dark)
    print(f"back and called {await_rest(set(before.values()) | set(now.values()) - {''}, off):.0f} s after the run")
    four.expect(*UP, "--refresh")
    assert len(set(versions().values())) == 1
    nothing_to_do(four)


def test_after_each_of_twenty_kills_every_machine_has_one_of_the_two_versions_and_serves(
    four: MeshProject, length: float, chance: random.Random
) -> None:
    both = {carried(name) for name in PACKAGES}
    wanted, killed, longest = PACKAGES[0], 0, 0.0
    ends: Counter[str] = Counter()
    for number in range(KILLS + 10):
        if killed == KILLS:
            break
        wanted, lacking = most_lacked(wanted)
        package(four, wanted)
        # A machine that went back by itself is found by a refresh.
        run = WatchedRun(four, (*UP, "--refresh"), {})
        moment = chance.uniform(2, LATEST * length * lacking / len(NAMES))
        in_time = run.kill_after(moment)
        took = await_rest(both, time.monotonic())
        killed += in_time
        longest = max(longest, took)
        now = Counter(versions().values())
        ends[" + ".join(f"{count}" for _, count in sorted(now.items()))] += 1
        print(
            f"{number}: {lacking} lack {carried(wanted)}; {'killed' if in_time else 'through'} after {moment:.0f} s; "
            f"at rest {took:.0f} s later: {now}"
        )
        four.unlock()
    print(f"{killed} kills; machines on each version in the end: {dict(ends)}; at rest after at most {longest:.0f} s")
    assert killed == KILLS
    four.expect(*UP, "--refresh")
    assert len(set(versions().values())) == 1
    nothing_to_do(four)
