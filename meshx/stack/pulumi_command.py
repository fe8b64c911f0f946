"""The command `pulumi`, asked about a project from outside a run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SECONDS = 60


class PulumiCommandError(Exception):
    """`pulumi` can't be run, or does not answer; the text says why and what to do. `said`: its own words."""

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.said = said


def pulumi(folder: Path, *words: str) -> str:
    """Run `pulumi` on the project in a folder and return what it prints; PulumiCommandError where it fails.

    Secrets may be in what it prints, so that is never shown; its errors hold none.
    """
    command = ["pulumi", *words, "--non-interactive", "--color=never"]
    shown = f"`pulumi {' '.join(words)}`"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except OSError as error:
        raise PulumiCommandError(
            f"{shown} can't be run ({error.strerror}): install Pulumi, or put it on PATH "
            "(https://www.pulumi.com/docs/install/)"
        ) from None
    except subprocess.TimeoutExpired:
        raise PulumiCommandError(
            f"{shown} gives no answer in {SECONDS} s: see whether the stack's backend can be reached"
        ) from None
    if done.returncode == 0:
        return done.stdout
    said = _said(done.stderr)
    if said.endswith("EOF"):
        raise PulumiCommandError(
            f"{shown} fails ({said}): a killed run left a file of the backend cut off; `make recover STACK=<stack>` "
            "(`python -m meshx recover --stack <stack>`) finds and mends it",
            said,
        )
    raise PulumiCommandError(
        f"{shown} fails ({said}): log in to the stack's backend (`pulumi login`, PULUMI_BACKEND_URL, "
        "PULUMI_ACCESS_TOKEN) and give its passphrase (PULUMI_CONFIG_PASSPHRASE) or key, as for `pulumi up`",
        said,
    )


def _said(stderr: str) -> str:
    """What `pulumi` says of its failure, without its warnings."""
    _, found, error = stderr.partition("error: ")
    return " ".join((error if found else stderr).split()) or "without a word"
