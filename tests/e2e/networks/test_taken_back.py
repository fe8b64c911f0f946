"""`destroy` of a stack of two networks: machines and cluster as they were, the cluster's DNS included."""

from __future__ import annotations

from sandbox import machines
from tests.e2e.networks.test_dns_stub import corefile
from tests.e2e.stack import cluster_listing
from tests.e2e.stack.mesh_project import MeshProject


def test_destroy_leaves_no_name_no_rule_and_no_object(project: MeshProject) -> None:
    before = corefile()
    project.configure(lambda config: config.update(dns={"servers": ["10.0.0.53"]}))
    project.expect("up", "--yes", "--skip-preview")
    assert corefile() != before
    project.expect("destroy", "--yes", "--skip-preview")
    assert not project.state()
    assert corefile() == before
    left = [
        name for name, content in cluster_listing.listing().items() if "meshx/owner" in content or "istio.io" in name
    ]
    assert not left
    for machine in ("vm-1", "vm-2"):
        assert "meshx" not in machines.execute(machine, ["cat", "/etc/hosts"]).stdout
        assert "ISTIO" not in machines.execute(machine, ["iptables-save"]).stdout
