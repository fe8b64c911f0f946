"""The sidecar's package: there as soon as a machine is, from one place, and known by its sum."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines


def problems(stack: Written) -> Iterator[Problem]:
    """A package that is missing, comes from two places, or could be any."""
    sidecar = stack.get("sidecar")
    own = [machine.place.get("sidecar") for machine in machines(stack)]
    if not sidecar and not all(own):
        yield Problem(
            sidecar.location,
            "missing: every machine gets Istio's proxy from this package",
            "file: <path of istio-sidecar.deb>, or url: and sha256:",
        )
    for written in (sidecar, *own):
        if written:
            yield from _package_problems(written)


def _package_problems(sidecar: Written) -> Iterator[Problem]:
    file, url = sidecar.get("file"), sidecar.get("url")
    if file and url:
        yield Problem(url.location, "file names a package too", "one of the two")
    if not file and not url:
        yield Problem(sidecar.location, "it does not say where the package is", "file: <path>, or url: and sha256:")
    if url and not sidecar.get("sha256"):
        yield Problem(
            (*sidecar.location, "sha256"),
            "missing: without it whatever the URL serves would run as root on the machines",
            "the sum that `sha256sum istio-sidecar.deb` prints",
        )
