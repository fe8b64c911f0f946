"""A machine of a mesh whose trust domain is not cluster.local: it joins since its agent is told which it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kubernetes import client
from kubernetes.client.exceptions import NotFoundException

from sandbox.kubernetes import cluster
from tests.e2e.classic.machine.membership import ACCOUNT, FACTS, MACHINE, NAMESPACE, Membership, recorded
from tests.e2e.classic.stand_ins.citadel import Citadel
from tests.e2e.classic.stand_ins.pilot import pilot
from tests.e2e.classic.stand_ins.tls_server import TlsServer
from tests.e2e.machine.deliveries import shell

pytestmark = pytest.mark.usefixtures("sandbox")

CORP = "corp.example"


@pytest.fixture(scope="module", autouse=True)
def corp(
    membership: Membership, citadel: Citadel, discovery: TlsServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Citadel and Pilot of that trust domain, until the tests of this file are over."""
    discovery.close()
    theirs = pilot(citadel.authority, tmp_path_factory.mktemp("corp"), CORP)
    membership.facts = replace(FACTS, trust_domain=CORP)
    go_over_to(citadel, CORP)
    yield
    theirs.close()
    discovery.open()
    go_over_to(citadel, FACTS.trust_domain)


def go_over_to(citadel: Citadel, trust_domain: str) -> None:
    """Have Citadel sign for that trust domain, and make the workload's Secret anew if it has made it."""
    citadel.pause()
    citadel.change_root(trust_domain)
    with contextlib.suppress(NotFoundException):
        client.CoreV1Api(cluster.api()).delete_namespaced_secret(f"istio.{ACCOUNT}", NAMESPACE)
    citadel.resume()


def test_it_joins_and_its_agent_takes_pilot_for_pilot(membership: Membership) -> None:
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
    assert recorded("pilot-agent", "arguments").split()[:3] == ["proxy", "--trust-domain", CORP]
    identity = shell(MACHINE, "openssl x509 -noout -ext subjectAltName -in /etc/certs/cert-chain.pem")
    assert f"URI:spiffe://{CORP}/ns/vm/sa/{ACCOUNT}" in identity


def test_without_the_word_its_agent_would_wait_for_a_pilot_of_the_default(membership: Membership) -> None:
    shell(MACHINE, "sed -i /ISTIO_AGENT_FLAGS/d /var/lib/meshx/sidecar/cluster.env; systemctl restart istio; sleep 3")
    assert "is not spiffe://cluster.local/ns/istio-system/sa/istio-pilot-service-account" in shell(
        MACHINE, "cat /var/log/istio/istio.err.log"
    )
    membership.up()
    assert membership.seen() == membership.inputs["bundle"]
