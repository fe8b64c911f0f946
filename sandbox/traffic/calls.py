"""Real calls through the mesh, from machines and from pods, with what the other side saw of the caller."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox import machines
from sandbox.kubernetes import pods
from sandbox.supervision.supervisor import PartError
from sandbox.traffic import services

IDENTITY = re.compile(r"URI=(spiffe://[^;,\"]+)")


@dataclass(frozen=True)
class Answer:
    """One call's result.

    status: the HTTP status, 0 if no answer came. server: the answer's header of that name. host: the host name of
    the server. caller: the SPIFFE identity that the other side saw, empty without mutual TLS. error: why no answer
    came.
    """

    status: int
    server: str
    host: str
    caller: str
    error: str

    @property
    def succeeded(self) -> bool:
        """Whether an answer came and was not an error."""
        return not self.error and 200 <= self.status < 400  # noqa: PLR2004 (HTTP's classes)


def from_machine(machine: str, url: str, count: int = 1, every: str = "0s", user: str = "root") -> list[Answer]:
    """Call `url` on a machine, `count` times, each call on its own connection."""
    done = machines.execute(machine, ["echo-http", *_call(url, count, every)], user=user)
    return answers(done.stdout, done.stderr)


def from_pod(app: str, url: str, count: int = 1, every: str = "0s") -> list[Answer]:
    """Call `url` in the pod of the sandbox's service `app`, `count` times."""
    found = pods.list_pods(services.NAMESPACE, f"app={app}")
    if not found:
        raise PartError(f"there is no pod of {app} in namespace {services.NAMESPACE} to call from")
    name = found[0].metadata.name
    done = pods.execute(services.NAMESPACE, name, ["echo", *_call(url, count, every)], container=app)
    return answers(done.stdout, done.stderr)


def _call(url: str, count: int, every: str) -> list[str]:
    return ["call", "-n", str(count), "-every", every, url]


def answers(lines: str, errors: str) -> list[Answer]:
    """The calls' results from the output of `echo call`; PartError with its `errors` if it made none."""
    found = [_answer(json.loads(line)) for line in lines.splitlines() if line]
    if not found:
        raise PartError(f"no call was made: {errors.strip()}")
    return found


def _answer(outcome: dict[str, Any]) -> Answer:
    body = outcome["body"] if isinstance(outcome["body"], dict) else {}
    seen = IDENTITY.search(body.get("headers", {}).get("x-forwarded-client-cert", ""))
    return Answer(
        status=outcome["status"],
        server=outcome["server"],
        host=body.get("host", ""),
        caller=seen.group(1) if seen else "",
        error=outcome["error"],
    )
