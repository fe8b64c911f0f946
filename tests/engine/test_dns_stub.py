"""The DNS stub under the real engine, against a stand-in of the cluster's API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.stack import HERE, REPOSITORY, Stack
from tests.unit.cluster.test_corefile import KUBEADM, PART
from tests.unit.provider.test_dns_stub_resource import ClusterWithDns
from tests.unit.stand_ins.api_stand_in import ApiServer

PLUGINS = {"providers": [{"name": "meshx", "path": str(REPOSITORY / "meshx" / "provider")}]}


@pytest.fixture
def cluster() -> Iterator[ClusterWithDns]:
    """A cluster with CoreDNS as kubeadm sets it up."""
    there = ClusterWithDns()
    there.runs("coredns")
    there.put("coredns", {"Corefile": KUBEADM})
    server = ApiServer(there)
    yield there
    server.close()


@pytest.fixture
def stack(new_stack: Callable[..., Stack], cluster: ClusterWithDns, tmp_path: Path) -> Stack:
    """A stack of the program in `tests/engine/dns_program`."""
    made = new_stack(main=str(HERE / "dns_program"), plugins=PLUGINS)
    made = replace(made, environment={**made.environment, "PYTHONPATH": str(REPOSITORY)})
    made.configure(config={"dns:kubeconfig": str(cluster.kubeconfig(tmp_path))})
    return made


def corefile(cluster: ClusterWithDns) -> str:
    return str(cluster.config_maps["coredns"]["data"]["Corefile"])


def test_a_stub_is_planned_made_kept_changed_in_place_and_taken_out(stack: Stack, cluster: ClusterWithDns) -> None:
    stack.configure(config={"dns:servers": "10.0.0.53 10.0.0.54:5353"})
    assert "will forward global; all else in it stays" in stack.expect("preview")
    assert corefile(cluster) == KUBEADM
    stack.expect("up", "--yes", "--skip-preview")
    assert corefile(cluster) == KUBEADM + PART
    stack.expect("up", "--yes", "--skip-preview", "--expect-no-changes", "--refresh")
    stack.configure(config={"dns:domain": "corp.example"})
    changed = stack.expect("up", "--yes", "--skip-preview")
    assert "updated" in changed
    assert "replaced" not in changed
    assert corefile(cluster) == KUBEADM + PART.replace("global", "corp.example")
    stack.expect("destroy", "--yes", "--skip-preview")
    assert corefile(cluster) == KUBEADM


def test_a_part_that_others_took_out_is_put_in_again(stack: Stack, cluster: ClusterWithDns) -> None:
    stack.configure(config={"dns:servers": "10.0.0.53 10.0.0.54:5353"})
    stack.expect("up", "--yes", "--skip-preview")
    cluster.config_maps["coredns"]["data"]["Corefile"] = KUBEADM
    assert "1 to create" in stack.expect("preview", "--refresh")
    stack.expect("up", "--yes", "--skip-preview", "--refresh")
    assert corefile(cluster) == KUBEADM + PART


def test_a_corefile_that_cannot_be_read_fails_the_preview(stack: Stack, cluster: ClusterWithDns) -> None:
    cluster.config_maps["coredns"]["data"]["Corefile"] = ".:53 {\n"
    stack.configure(config={"dns:servers": "10.0.0.53"})
    ran = stack.pulumi("preview")
    assert ran.code != 0
    assert "the block of .:53 is not closed" in ran.text
    assert "Traceback" not in ran.text
