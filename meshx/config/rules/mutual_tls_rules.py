"""Mutual TLS is made the rule only in a mesh that the stack installs."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine

STRICT = "strict"


def problems(stack: Written) -> Iterator[Problem]:
    """A rule for a mesh that is somebody else's, or whose version has another one."""
    mesh = stack.get("mesh")
    place = mesh.get("mutualTls")
    if place.text != STRICT:
        return
    if not mesh.get("install", "controlPlane").flag(True):
        yield Problem(
            place.location,
            "the control plane is adopted, and what holds for its whole mesh is up to its owner",
            "nothing; its owner makes a PeerAuthentication in istio-system",
        )
    elif written_line(mesh.get("istioVersion").text) is IstioLine.CLASSIC:
        yield Problem(
            place.location,
            "Istio 1.1 to 1.4 has no PeerAuthentication",
            "values: {istio: {global: {mtls: {enabled: true}}}}",
        )
