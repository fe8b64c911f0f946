"""Instances and templates of instances are judged by the startup script that the program really makes."""

from dataclasses import replace

import pytest

from meshx.join.bundle import Package, bundle_inputs, join_bundle
from meshx.join.startup_script import ClusterAccess, startup_script
from meshx_policy.rules import lifetimes, packages, versions, when_down
from meshx_policy.rules.rule import UNKNOWN, Resource
from meshx_policy.rules.sidecars import INSTANCES
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, WORKLOAD
from tests.unit.policy.judging import PACKAGE, resource, said, said_of_stack

MESH = resource("meshx:index:Mesh", controlPlane={"version": "1.31"})
URL = PACKAGE["source"]

pytestmark = pytest.mark.parametrize("kind", INSTANCES)


def made(
    kind: str,
    source: str = URL,
    sha256: str = PACKAGE["sha256"],
    token: int = 3600,
    certificate: int = 86400,
    *,
    closed: bool = False,
    kinds: dict[str, Package] | None = None,
) -> Resource:
    """What joins by itself with such a package, and with tokens and certificates for so many seconds."""
    workload = replace(WORKLOAD, closed_when_down=closed)
    machine = replace(MACHINE, certificate_seconds=certificate)
    package = Package(kinds=kinds) if kinds else Package(source, sha256)
    bundle = bundle_inputs(join_bundle(CONTROL_PLANE, workload, machine, package), "", "10.0.0.9")
    access = ClusterAccess("https://10.0.0.2:443", "", "", "vm", "vmhttp", "istio-ca", token)
    return resource(kind, metadata={"startup-script": startup_script(bundle, access, "")})


def test_what_is_good_for_too_long_is_found(kind: str) -> None:
    assert not said(lifetimes.RULE, made(kind))
    assert "tokens are valid for 86400 seconds" in said(lifetimes.RULE, made(kind, token=86400))
    assert "certificates are valid for 2592000 seconds" in said(lifetimes.RULE, made(kind, certificate=2592000))


def test_a_package_without_a_sum_is_found(kind: str) -> None:
    assert not said(packages.RULE, made(kind))
    message = said(packages.RULE, made(kind, sha256=""))
    assert message.startswith(f"metadata.startup-script: the package {URL} has no SHA-256 checksum")


def test_of_packages_for_each_kind_of_instance_every_one_is_judged(kind: str) -> None:
    good, bad = Package(URL, PACKAGE["sha256"]), Package("https://example.com/1.29.4/istio-sidecar.rpm", "")
    instance = made(kind, kinds={"deb/amd64": good, "rpm/amd64": bad})
    (message,) = said(packages.RULE, instance).splitlines()
    assert message.startswith(f"metadata.startup-script: the package {bad.source} has no SHA-256 checksum")
    assert "of Istio 1.29" in "".join(said_of_stack(versions.RULE, MESH, instance).values())
    assert not said(packages.RULE, made(kind, kinds={"deb/amd64": good}))


def test_a_package_too_far_from_the_control_planes_version_is_found(kind: str) -> None:
    old, new = (f"https://example.com/releases/{version}/istio-sidecar.deb" for version in ("1.29.4", "1.31.0"))
    assert "of Istio 1.29" in "".join(said_of_stack(versions.RULE, MESH, made(kind, old)).values())
    assert not said_of_stack(versions.RULE, MESH, made(kind, new))


def test_ports_that_answer_past_the_proxy_are_found(kind: str) -> None:
    assert "gets answers at ports 8080, 9000, in plain text" in said(when_down.RULE, made(kind))
    assert not said(when_down.RULE, made(kind, closed=True))


@pytest.mark.parametrize("script", [None, UNKNOWN, "#!/bin/sh\necho mine\n"])
def test_an_instance_that_brings_no_sidecar_passes(kind: str, script: object) -> None:
    other = resource(kind, metadata={"startup-script": script})
    assert not said(packages.RULE, other) and not said(lifetimes.RULE, other)
