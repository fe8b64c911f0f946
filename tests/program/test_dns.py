"""What the program registers for a domain that the cluster's DNS is to forward."""

from pathlib import Path
from typing import Any

from tests.program.recorded_program import owner, run
from tests.program.test_mesh import of_type, the

DNS_STUB = "meshx:index:DnsStub"


def test_the_clusters_dns_is_left_alone_unless_a_server_is_named(values: dict[str, Any], folder: Path) -> None:
    assert not of_type(run(values, folder), DNS_STUB)


def test_a_server_that_is_named_makes_a_stub_of_this_stacks(values: dict[str, Any], folder: Path) -> None:
    values["dns"] = {"servers": ["10.0.0.53"]}
    stub = the(run(values, folder), DNS_STUB)
    inputs = {key: value for key, value in stub.inputs.items() if value is not None}
    assert inputs == {"domain": "global", "servers": ["10.0.0.53"], "kind": "auto", "owner": owner().mark}
    assert "pulumi:providers:meshx::machines::" in stub.provider
