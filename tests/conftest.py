"""Rules for all tests: what is not run here is listed with its reason, any other skip is a failure."""

import signal
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

NOT_RUN_HERE = ("needs official Pulumi plugins", "needs Google Cloud", "needs old Istio binaries")
"""The only reasons for which a test may be skipped; anything else that is missing is a fault of the machine or ours."""


def pytest_configure() -> None:
    """Let what tests start be interrupted: a shell's background job has interrupts ignored, and hands that on."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip for any other reason into a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith(NOT_RUN_HERE):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped ({reason}); a test may be skipped only for: {NOT_RUN_HERE}"
    return report
