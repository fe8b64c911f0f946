"""Somebody else's mesh whose certificates a CA beside istiod signs, raised once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.traffic import services
from tests.e2e.adoption import charts
from tests.e2e.adoption.external_ca import issuing_authority
from tests.e2e.adoption.external_ca.issuing_authority import AUDIENCE, HOST, PORT, IssuingAuthority
from tests.e2e.networks.shared_root import Root
from tests.e2e.stack.conftest import new_project

__all__ = ["new_project"]

VALUES = {
    "global": {"caAddress": f"{HOST}:{PORT}", "sds": {"token": {"aud": AUDIENCE}}},
    "env": {"TOKEN_AUDIENCES": AUDIENCE},
}
"""What the chart istiod is told for such a mesh. Both of istiod and the CA have certificates below one root."""


@pytest.fixture(scope="package")
def authority(sandbox: object) -> Iterator[IssuingAuthority]:
    """The CA at work, with an istiod that has the mesh's pods ask it."""
    root = Root()
    with issuing_authority.running(root) as made:
        # Where another mesh is, this fails, and that mesh stays.
        root.give_to_cluster({})
        try:
            charts.install_istiod(VALUES)
            services.apply()
            services.restart_uninjected()
            yield made
        finally:
            charts.remove_istiod()
