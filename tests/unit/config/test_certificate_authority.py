"""meshx:mesh.certificateAuthority: each mistake by its path."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.stand_ins.certificates_for_tests import authority

ROOT = authority().pem
PATH = "meshx:mesh.certificateAuthority"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("address", "https://ca.corp:443", "is a URL, and the agent takes a host and a port"),
        ("address", "ca.corp", "is no host name with a port"),
        ("address", "ca.corp:0", "is no host name with a port"),
        ("address", "ca corp:443", "is no host name with a port"),
        ("address", "10.9.9.9:443", "reachedAt: 10.9.9.9"),
        ("address", "meshca.googleapis.com:443", "Google's own protocol"),
        ("reachedAt", "ca.corp", "is not an IP address"),
        ("reachedAt", "127.0.0.1", "no machine reaches the CA by it"),
        ("audience", "a b", "is no audience of a token"),
        ("audience", "a,b", "is no audience of a token"),
        ("rootCertificate", "yes", "is no certificate in PEM form"),
        ("rootCertificate", f"{ROOT}-----BEGIN EC PRIVATE KEY-----", "it has a private key"),
    ],
)
def test_a_mistake_is_told_by_its_path(refused, values, key: str, value: str, words: str) -> None:
    values["mesh"]["certificateAuthority"] = {key: value}
    told = refused(values)[f"{PATH}.{key}"]
    assert words in told, told


def test_there_is_one_way_to_it(refused, values) -> None:
    values["mesh"]["certificateAuthority"] = {"throughGateway": True, "reachedAt": "203.0.113.20"}
    assert "one of the two" in refused(values)[f"{PATH}.reachedAt"]


@pytest.mark.parametrize("root", [ROOT, "system"])
def test_what_is_right_is_taken(loaded, values, root: str) -> None:
    written: dict[str, Any] = {"address": "csr.ca.svc:443", "reachedAt": "203.0.113.20", "rootCertificate": root}
    values["mesh"]["certificateAuthority"] = written
    found = loaded(values).mesh.certificate_authority
    assert (found.address, found.reached_at, found.through_gateway) == ("csr.ca.svc:443", "203.0.113.20", False)
    assert found.root_certificate == (root if root == "system" else root.strip() + "\n")
