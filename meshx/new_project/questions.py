"""What `meshx init` asks: each question with its flag, what it suggests, and to which answers it belongs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from meshx.istio.artefacts import ARTEFACTS

SSH, GCE = "ssh", "gce"
ISTIO_VERSION = "1.31.0"
"""The version that is suggested; docs/compatibility.md says which are tested."""

Answers = Mapping[str, str]
"""By the flag's name, without its dashes."""


@dataclass(frozen=True)
class Question:
    """A question.

    flag: its name on the command line, and that of its answer. asks: the question, and the flag's help.
    suggested: the answer of who gives none, from the answers before it; "" where there is nothing to suggest, and an
    answer is needed. form: a pattern that the answer matches whole, for what no check of the configuration reads.
    when: whether it is asked, by the answers before it.
    """

    flag: str
    asks: str
    suggested: Callable[[Answers], str] = lambda _: ""
    form: str = r".+"
    expected: str = "one line of text"
    when: Callable[[Answers], bool] = lambda _: True

    def refusal(self, answer: str) -> str:
        """What is wrong with the form of an answer; "" if nothing is."""
        if re.fullmatch(self.form, answer):
            return ""
        if not answer:
            return f"--{self.flag} is missing: {self.asks}"
        return f"--{self.flag} {answer!r}: write {self.expected}"


def _always(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _machines(kind: str) -> Callable[[Answers], bool]:
    return lambda answers: answers["machines"] == kind


def _package(answers: Answers) -> str:
    return f"{ARTEFACTS}/releases/{answers['istio-version']}/deb/istio-sidecar.deb"


def is_url(package: str) -> bool:
    """Whether a package is downloaded, and is no file."""
    return package.startswith(("http://", "https://"))


_NAME = r"[A-Za-z0-9_.-]{1,100}"
_NAME_EXPECTED = "at most 100 letters, digits, '-', '_' and '.'"


def _project(answers: Answers) -> str:
    # A number would be none of YAML's texts.
    return answers["folder"] if re.fullmatch(rf"(?=[A-Za-z]){_NAME}", answers["folder"]) else "mesh"


def _downloaded(answers: Answers) -> bool:
    return is_url(answers["package"])


QUESTIONS = (
    Question("name", "the project's name", _project, _NAME, _NAME_EXPECTED),
    Question("stack", "the stack's name", _always("dev"), _NAME, _NAME_EXPECTED),
    Question("context", "the cluster's context, as `kubectl config get-contexts` shows it"),
    Question("istio-version", "the version of Istio, 1.1 to 1.4 or 1.20 and later", _always(ISTIO_VERSION)),
    Question("network", "the name of the network that the cluster's pods are on", _always("network1")),
    Question(
        "machines",
        f"how machines join: over {SSH}, or as instances of Compute Engine ({GCE})",
        _always(SSH),
        f"{SSH}|{GCE}",
        f"{SSH} or {GCE}",
    ),
    Question("workload", "the name of the service that the first machine offers", _always("app")),
    Question("namespace", "its namespace", _always("vm")),
    Question("port", "the port of its HTTP server", _always("8080"), r"\d{1,5}", "a number such as 8080"),
    Question("machine", "the first machine's name", _always("vm-1")),
    Question("address", "its IP address, at which pods reach it"),
    Question("user", "the user to log in as: root, or one with sudo", _always("root"), when=_machines(SSH)),
    Question("private-key-file", "the private key to log in with", _always("~/.ssh/id_ed25519"), when=_machines(SSH)),
    Question(
        "host-key", "the machine's host key, the line in its /etc/ssh/ssh_host_ed25519_key.pub", when=_machines(SSH)
    ),
    Question("gce-project", "the id of the project in Google Cloud", when=_machines(GCE)),
    Question("zone", "the zone, such as europe-west1-b", when=_machines(GCE)),
    Question("subnetwork", "the subnetwork of that address", _always("default"), when=_machines(GCE)),
    Question(
        "api-server",
        "how instances reach the API server: by the cluster's endpoint, or through the gateway",
        _always("endpoint"),
        when=_machines(GCE),
    ),
    Question("package", "Istio's package for machines, a URL or a file", _package),
    Question("package-sha256", "the package's SHA-256 sum, as sha256sum prints it", when=_downloaded),
)


def answered(
    given: Answers, ask: Callable[[Question, str], str] | None, folder: str = ""
) -> tuple[dict[str, str], list[str]]:
    """Answers to all questions that are to be asked, and what is wrong with their form.

    given: answers by flags. ask: puts a question, with what is suggested, until its form is right; None: nobody is
    there to answer, so what is suggested counts, and what has no suggestion is missing. folder: the name of the
    project's, which the project is suggested to have too.
    """
    answers: dict[str, str] = {"folder": folder}
    refusals: list[str] = []
    for question in QUESTIONS:
        if not question.when(answers):
            continue
        suggested = question.suggested(answers)
        answer = given.get(question.flag) or (ask(question, suggested) if ask else suggested)
        answers[question.flag] = answer
        if refusal := question.refusal(answer):
            refusals.append(refusal)
            # So that questions that depend on it can be looked at as well.
            answers[question.flag] = suggested if question.form != r".+" else answer
    return answers, [*refusals, *_without_effect(given, answers)]


def _without_effect(given: Answers, answers: Answers) -> Iterator[str]:
    for flag in sorted(set(given) - set(answers)):
        if given[flag]:
            yield f"--{flag} has no effect beside --machines {answers['machines']} and --package {answers['package']}"
