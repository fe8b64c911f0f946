"""The stack `dev` on the sandbox, applied and destroyed with plain `pulumi`: `python -m sandbox.stack up|destroy`."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox.builds import host
from sandbox.paths import REPO, STATE
from sandbox.pulumi import home
from sandbox.supervision import processes
from sandbox.traffic import services

STACK = "dev"


def pulumi(words: list[str], environment: dict[str, str]) -> int:
    """Run `pulumi` on the project with the sandbox's environment, and show its output. Returns its exit code."""
    return subprocess.run(
        ["pulumi", "--non-interactive", *words], check=False, cwd=REPO, env={**os.environ, **environment}
    ).returncode


def up() -> int:
    """Apply the stack; makes it if it is new, and unlocks it if a dead run still holds it."""
    services.apply()  # one of them is exposed by the stack
    begun = time.monotonic()
    environment = home.prepare()
    code = pulumi(["stack", "select", "--create", STACK], environment)
    if code == 0:
        _unlock(environment)
        code = pulumi(["up", "--yes", "--skip-preview", "--stack", STACK], environment)
    sys.stdout.write(f"pulumi up --yes --stack {STACK}: exit {code} ({time.monotonic() - begun:.1f} s)\n")
    return code


def destroy() -> int:
    """Destroy the stack if there is one. It only reports what it can't reach: that ends with the sandbox anyway."""
    if not _state_files():
        return 0
    environment = home.prepare()
    _unlock(environment)
    if pulumi(["destroy", "--yes", "--skip-preview", "--stack", STACK], environment) != 0:
        sys.stdout.write(
            f"The stack {STACK} could not be destroyed (see above). Everything that it made stands on the sandbox, "
            "which is taken down now.\n"
        )
    return 0


def is_deployed() -> bool:
    """Whether the stack has resources, by its state."""
    states = [json.loads(file.read_text())["checkpoint"]["latest"] or {} for file in _state_files()]
    return any(state.get("resources") for state in states)


def _state_files() -> list[Path]:
    return list((STATE / "backend" / ".pulumi" / "stacks").rglob(f"{STACK}.json"))


def _unlock(environment: dict[str, str]) -> None:
    """Remove the locks of killed runs: those whose process is gone. A living run keeps its lock."""
    locks = [
        json.loads(lock.read_text()) for lock in (STATE / "backend" / ".pulumi" / "locks").rglob(f"{STACK}/*.json")
    ]
    if locks and not any(processes.identify(int(lock["pid"])) for lock in locks):
        pulumi(["cancel", "--yes", "--stack", STACK], environment)


def main() -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.stack", description="The stack dev on the sandbox.")
    parser.add_argument("command", choices=["up", "destroy"])
    command = parser.parse_args().command
    if missing := host.what_is_missing():
        sys.stderr.write(f"{missing}\n")
        return 1
    return up() if command == "up" else destroy()


if __name__ == "__main__":
    sys.exit(main())
