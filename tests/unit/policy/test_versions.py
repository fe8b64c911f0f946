"""Sidecars too far from the control plane's version are found."""

import pytest

from policy.rules.versions import RULE
from tests.unit.policy.judging import PACKAGE, join, resource, said_of_stack

MESH = resource("meshx:index:Mesh", controlPlane={"version": "1.31"})


def _said(source: str) -> str:
    return said_of_stack(RULE, MESH, join(bundle={"package": {**PACKAGE, "source": source}})).get("join", "")


def test_a_sidecar_newer_than_the_control_plane_is_found() -> None:
    assert "newer than the control plane's 1.31" in _said("https://example.com/releases/1.32.0/deb/istio-sidecar.deb")


def test_a_sidecar_two_minor_versions_older_is_found_with_what_is_supported() -> None:
    said = _said("packages/istio-sidecar-1.29.4.deb")
    assert "of Istio 1.29, more than 1 minor version older" in said and "supports 1.31 and 1.30" in said


@pytest.mark.parametrize("version", ["1.31.0", "1.30.9"])
def test_the_same_minor_version_and_the_one_before_pass(version: str) -> None:
    assert not _said(f"https://example.com/releases/{version}/deb/istio-sidecar.deb")


def test_nothing_is_said_of_a_package_that_does_not_tell_its_version() -> None:
    assert not _said("packages/istio-sidecar.deb")
