"""The `helm` binary: one call each for what a release needs. Values go to it on standard input, not as arguments."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from sandbox.pulumi.kubernetes.kubeconfig import Kubeconfig

_POLL_SECONDS = 0.2
# The official plugin is Helm: killed, it leaves off at once. A helm that went on alone would change the cluster later.
_ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
# What the command line puts before the message of Helm's library, which is all that the official plugin shows.
_PREFIXES = ("Error: ", "INSTALLATION FAILED: ", "UPGRADE FAILED: ")


@dataclass(frozen=True)
class ReleaseName:
    """Which release: releases of the same name may stand in several namespaces."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class HelmError(Exception):
    """Helm failed; the text is the message of its library."""

    @property
    def not_found(self) -> bool:
        """Whether there is no such release."""
        return "release: not found" in str(self)


@dataclass(frozen=True)
class Helm:
    """Calls helm for one kubeconfig. Every method raises HelmError."""

    kubeconfig: Kubeconfig

    def install(self, release: ReleaseName, chart: str, flags: Sequence[str], values: Any, cancelled: Event) -> None:
        """Install a chart under a name; `values` become the release's own values."""
        words = ["install", release.name, chart, "--values", "-", *flags]
        self._run(words, release.namespace, cancelled, json.dumps(values))

    def upgrade(self, release: ReleaseName, chart: str, flags: Sequence[str], values: Any, cancelled: Event) -> None:
        """Bring a release to a chart and values."""
        words = ["upgrade", release.name, chart, "--values", "-", *flags]
        self._run(words, release.namespace, cancelled, json.dumps(values))

    def uninstall(self, release: ReleaseName, flags: Sequence[str], cancelled: Event) -> str:
        """Remove a release; what Helm says about what it leaves behind."""
        return self._run(["uninstall", release.name, *flags], release.namespace, cancelled)

    def release(self, release: ReleaseName) -> dict[str, Any] | None:
        """The last revision, or None where there is no such release.

        `name`, `namespace`, `version` (the revision), `info.status`, `config`, `manifest`, and of its chart `metadata`
        {chart, version, appVersion}.
        """
        name, namespace = release.name, release.namespace
        try:
            status = json.loads(self._run(["status", name, "--output", "json"], namespace))
            metadata = json.loads(self._run(["get", "metadata", name, "--output", "json"], namespace))
        except HelmError as error:
            if error.not_found:
                return None
            raise
        return {**status, "metadata": metadata}

    def chart(self, chart: str, flags: Sequence[str]) -> str:
        """The Chart.yaml of a chart that is not a folder here."""
        return self._run(["show", "chart", chart, *flags], "")

    def _run(self, words: Sequence[str], namespace: str, cancelled: Event | None = None, given: str = "") -> str:
        program = shutil.which("helm")
        if program is None:
            raise HelmError("the program helm is not on PATH; `python -m sandbox up` puts it there")
        with self._kubeconfig_file() as path:
            context = ["--kube-context", self.kubeconfig.context] if self.kubeconfig.context else []
            within = ["--namespace", namespace] if namespace else []
            process = subprocess.Popen(
                [*_ENDS_WITH_PARENT, program, *words, *within, *context],
                env={**os.environ, "KUBECONFIG": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            output, errors = _communicate(process, given, cancelled)
        if process.returncode:
            raise HelmError(_message(errors))
        return output

    @contextmanager
    def _kubeconfig_file(self) -> Iterator[str]:
        if not self.kubeconfig.contents:
            yield self.kubeconfig.path
            return
        with tempfile.TemporaryDirectory(prefix="meshx-helm-") as folder:
            file = Path(folder) / "kubeconfig"
            file.touch(mode=0o600)
            file.write_text(self.kubeconfig.contents)
            yield str(file)


def _communicate(process: subprocess.Popen[str], given: str, cancelled: Event | None) -> tuple[str, str]:
    pending: str | None = given
    while True:
        try:
            return process.communicate(pending, timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            pending = None
            if cancelled is not None and cancelled.is_set():
                # Helm marks the release as failed and leaves; killed outright it would stay pending.
                process.send_signal(signal.SIGTERM)
                return process.communicate()


def _message(errors: str) -> str:
    """Helm's message without warnings before it and the command line's own words."""
    lines = errors.strip().splitlines()
    start = next((index for index, line in enumerate(lines) if line.startswith("Error: ")), 0)
    message = "\n".join(lines[start:]) or "helm failed without a word"
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return message
