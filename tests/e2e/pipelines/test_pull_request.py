"""The pull request's jobs, step by step as the file has them, on the sandbox."""

import os
import subprocess
from typing import Any

import yaml

from sandbox.paths import REPO
from sandbox.pulumi import home
from sandbox.traffic import services

SECONDS = 600
# The tests that a pull request runs are this run's own; one of them stands for all here.
IN_THE_SANDBOX = {"STACK": "dev", "TESTS": "tests/unit/policy/test_pack.py"}


def _steps(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_every_job_of_a_pull_request_succeeds_on_the_sandbox(sandbox: object) -> None:
    services.apply()
    environment = {**os.environ, **home.prepare(), **IN_THE_SANDBOX}
    _run("pulumi --non-interactive stack select --create dev", environment)
    jobs = yaml.safe_load((REPO / ".github" / "workflows" / "pull-request.yml").read_text())["jobs"]
    said = {step: _run(step, environment) for job in jobs.values() for step in _steps(job)}
    assert list(said) == ["make lint", "make test-fast", "make preview"]
    assert "passed" in said["make test-fast"] and "failed" not in said["make test-fast"]
    assert "✅ meshx@v" in said["make preview"] and "Previewing update (dev)" in said["make preview"]


def _run(command: str, environment: dict[str, str]) -> str:
    # A runner starts every step in a shell of its own, which ends at the first error.
    done = subprocess.run(
        ["bash", "-e", "-c", command],
        check=False,
        cwd=REPO,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
