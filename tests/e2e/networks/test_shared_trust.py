"""What several clusters of one mesh share, as far as one cluster shows it: the root of trust and the mesh's name."""

from __future__ import annotations

import json

from cryptography import x509

from sandbox import machines
from tests.e2e.stack.mesh_project import MeshProject


def test_machines_trust_the_root_that_the_clusters_share_and_have_their_certificate_from_it(
    project: MeshProject, root: bytes
) -> None:
    shared = x509.load_pem_x509_certificate(root)
    for machine in ("vm-1", "vm-2"):
        trusted = machines.execute(machine, ["cat", "/etc/certs/root-cert.pem"]).stdout
        chain = machines.execute(machine, ["cat", "/etc/certs/cert-chain.pem"]).stdout
        assert x509.load_pem_x509_certificates(trusted.encode()) == [shared]
        own, issuer, *_ = x509.load_pem_x509_certificates(chain.encode())
        own.verify_directly_issued_by(issuer)
        issuer.verify_directly_issued_by(shared)


def test_no_key_of_the_authority_is_in_the_state(project: MeshProject) -> None:
    assert "PRIVATE KEY" not in json.dumps(project.state())
    assert "ca-key.pem" not in json.dumps(project.state())
