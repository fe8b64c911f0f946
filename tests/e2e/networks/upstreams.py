"""By which addresses a machine's proxy has sent calls to a service, out of Envoy's own counts."""

from __future__ import annotations

import json
import re

from sandbox import machines

LINE = re.compile(r"outbound\|(?P<port>\d+)\|\|(?P<host>[^:]+)::(?P<address>[^:]+:\d+)::rq_total::(?P<count>\d+)")


def upstreams(machine: str, host: str) -> dict[str, int]:
    """Requests so far by the address that they were sent to."""
    done = machines.execute(machine, ["echo-http", "call", "http://127.0.0.1:15000/clusters"])
    text = str(json.loads(done.stdout)["body"])
    found = [match for match in LINE.finditer(text) if match["host"] == host]
    return {match["address"]: int(match["count"]) for match in found}
