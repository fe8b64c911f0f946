"""The stacks `staging` and `prod`: what their previews would make on GKE, as it was reviewed; with no cloud account."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from tests.program.recorded_program import INSTALLED, Registered, run

ROOT = Path(__file__).parents[2]
AUTHORITY = "-----BEGIN CERTIFICATE-----\ncluster\n-----END CERTIFICATE-----\n"
GKE: dict[str, Any] = {
    **INSTALLED,
    "gcp:container/getCluster:getCluster": {
        "endpoint": "34.118.0.7",
        "masterAuths": [{"clusterCaCertificate": base64.b64encode(AUTHORITY.encode()).decode()}],
        "servicesIpv4Cidr": "10.8.0.0/20",
        "clusterIpv4Cidr": "10.4.0.0/14",
    },
}
"""What Google and the cluster say, in place of an account."""


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_what_a_stack_would_make_is_what_was_reviewed(stack: str, snapshot: SnapshotAssertion) -> None:
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    values = {key.removeprefix("meshx:"): value for key, value in config.items()}
    registered = run(values, ROOT, GKE, stack)
    assert _shown(registered) == snapshot


def _shown(registered: list[Registered]) -> str:
    """Every resource in the order of type and name, with its inputs. A startup script by what it is set to: the scripts
    in it are files of the project, which are reviewed as such."""
    resources = [
        {"type": one.type, "name": one.name, "inputs": _plain(one.inputs)}
        for one in registered
        if one.read_id is None and not one.type.startswith("meshx:index:Mesh")
    ]
    resources.sort(key=lambda one: (one["type"], one["name"]))
    return yaml.safe_dump(resources, sort_keys=True, width=120)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _settings(item) if key == "startup-script" else _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _settings(script: str) -> list[str]:
    """The lines of the parts that are an instance's own."""
    lines: list[str] = []
    own, end = False, ""
    for line in script.splitlines():
        if line.startswith("put "):
            name, end = line.split(" ")[1], line.split("'")[-2]
            own = name in ("cluster_access.env", "hosts", "files.tsv", "package", "unit") or name.startswith("files/")
            lines += [f"{name}:"] if own else []
        elif line == end:
            own = False
        elif own:
            lines.append(f"  {line}")
    return lines
