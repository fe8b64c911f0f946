"""Who signs the machines' certificates, by the mesh's settings and the stack's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.signing_authority import authority_words, signing_authority
from meshx.istio.certificate_authority import CertificateAuthority
from meshx.istio.join_settings import IstiodSettings
from tests.unit.doctor.healthy_machine import MACHINE

ISTIOD = "istiod.istio-system.svc:15012"
CSR = "cert-manager-istio-csr.cert-manager.svc"
SAID = {"global": {"caAddress": f"{CSR}:443"}}


def found(
    key: dict[str, Any] | None, values: Any = None, metadata: dict[str, str] | None = None
) -> tuple[CertificateAuthority | None, list[str]]:
    written = {"istioVersion": "1.31", **({} if key is None else {"certificateAuthority": key})}
    settings = IstiodSettings(values or {}, {"defaultConfig": {"proxyMetadata": metadata or {}}}, {})
    return signing_authority(MeshConfiguration.model_validate(written), settings, ISTIOD)


def test_it_is_istiod_unless_the_stack_says_how_machines_reach_another() -> None:
    assert found(None, SAID) == (None, [])


@pytest.mark.parametrize(
    ("key", "values", "metadata", "expected"),
    [
        ({"throughGateway": True}, SAID, {}, CertificateAuthority(CSR, 443, through_gateway=True)),
        (
            {"reachedAt": "203.0.113.20"},
            {"global": {"caAddress": f"{CSR}:443", "sds": {"token": {"aud": "corp"}}}},
            {},
            CertificateAuthority(CSR, 443, audience="corp", reached_at="203.0.113.20"),
        ),
        # In a pod the proxy's metadata is the later of two variables of a name.
        (
            {"audience": "own"},
            SAID,
            {"CA_ADDR": "ca.corp.example:8443", "CA_ROOT_CA": "SYSTEM"},
            CertificateAuthority("ca.corp.example", 8443, audience="own", root="system"),
        ),
        # istiod's own address is no other CA.
        (
            {"throughGateway": True},
            SAID,
            {"CA_ADDR": ISTIOD},
            CertificateAuthority(CSR, 443, through_gateway=True),
        ),
        ({"address": "ca.corp.example:443"}, {}, {}, CertificateAuthority("ca.corp.example", 443)),
        ({"address": "ca.corp.example:443"}, SAID, {}, CertificateAuthority("ca.corp.example", 443)),
    ],
)
def test_address_audience_and_root_are_the_stacks_or_the_meshs(
    key: dict[str, Any], values: Any, metadata: dict[str, str], expected: CertificateAuthority
) -> None:
    assert found(key, values, metadata) == (expected, [])


@pytest.mark.parametrize(
    ("key", "values", "metadata", "words"),
    [
        ({"throughGateway": True}, {}, {}, "the mesh names no CA of its own"),
        ({}, {"global": {"caAddress": "nonsense"}}, {}, "'nonsense', which is no host with a port"),
        ({}, SAID, {}, f"no machine finds {CSR}.* throughGateway: true, or reachedAt"),
        ({"address": "ca.corp:443", "throughGateway": True}, {}, {}, "ca.corp is no Service of the cluster"),
        ({"address": "ca.corp:443"}, {}, {"CA_ROOT_CA": "/etc/pod.pem"}, "/etc/pod.pem .* no machine has"),
    ],
)
def test_what_keeps_machines_from_it_is_told_with_the_remedy(
    key: dict[str, Any], values: Any, metadata: dict[str, str], words: str
) -> None:
    (told,) = found(key, values, metadata)[1]
    assert re.search(words, told), told
    assert "Remedy: " in told


def test_a_preview_names_it_with_the_way_and_the_audience() -> None:
    authority = CertificateAuthority(CSR, 443, through_gateway=True)
    assert authority_words(authority, []) == (
        f"machines' certificates are signed by {CSR}:443 and not by istiod: reached through the gateway, for tokens of "
        "the audience istio-ca"
    )
    assert "found by their name servers" in authority_words(CertificateAuthority("ca.corp", 443), [])
    reached = CertificateAuthority("ca.corp", 443, reached_at="203.0.113.20")
    assert "reached at 203.0.113.20" in authority_words(reached, [])


def test_a_preview_tells_whose_certificate_has_to_be_proof_of_the_next_one() -> None:
    authority = CertificateAuthority(CSR, 443, through_gateway=True)
    renewing = replace(MACHINE, name="vm-2", renew_as=("vm@my-project.iam.gserviceaccount.com",))
    assert ". vm-1 can show a token" in authority_words(authority, [MACHINE, renewing])
    assert "enableClientCert" not in authority_words(authority, [renewing])


def test_a_service_of_the_cluster_is_known_by_its_full_name() -> None:
    for host in (CSR, f"{CSR}.cluster.local"):
        assert CertificateAuthority(host, 443).service_host == f"{CSR}.cluster.local"
    assert CertificateAuthority("ca.corp.example", 443).service_host == ""
