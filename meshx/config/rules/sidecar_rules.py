"""The sidecar's package: there as soon as a machine is, from one place, and known by its sum."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines
from meshx.config.sections.sidecar import is_sha256_sum
from meshx.config.values.files import project_path, sha256_of


def problems(stack: Written, base: Path) -> Iterator[Problem]:
    """A package that is missing, comes from two places, could be any, or is another than its sum says."""
    sidecar = stack.get("sidecar")
    own = [machine.place.get("sidecar") for machine in machines(stack)]
    if not sidecar and not all(own):
        yield Problem(
            sidecar.location,
            "missing: every machine gets Istio's proxy from this package",
            "file: <path of istio-sidecar.deb>, or url: and sha256:",
        )
    sums: dict[Path, str] = {}
    for written in (sidecar, *own):
        if written:
            yield from _package_problems(written)
            yield from _another_package(written, base, sums)


def _another_package(sidecar: Written, base: Path, sums: dict[Path, str]) -> Iterator[Problem]:
    """A file that has another sum than the one beside it; what is no sum, or no file, is reported as such.

    sums: those of files that were read already, since many machines may have one package.
    """
    wanted, path = sidecar.get("sha256"), project_path(base, sidecar.get("file").text)
    if path is None or not path.is_file() or not is_sha256_sum(wanted.text):
        return
    try:
        found = sums[path] = sums.get(path) or sha256_of(path)
    except OSError as error:
        file = sidecar.get("file").location
        yield Problem(file, f"{path} can't be read: {error.strerror}", "a file that you may read")
        return
    if found != wanted.text.lower():
        yield Problem(
            wanted.location,
            f"{sidecar.get('file').text} has the SHA-256 sum {found}",
            "that, if it is the package that you looked at, or leave the key out",
        )


def _package_problems(sidecar: Written) -> Iterator[Problem]:
    file, url = sidecar.get("file"), sidecar.get("url")
    if file and url:
        yield Problem(url.location, "file names a package too", "one of the two")
    elif not file and not url:
        yield Problem(sidecar.location, "it does not say where the package is", "file: <path>, or url: and sha256:")
    elif url and not file and not sidecar.get("sha256"):
        yield Problem(
            (*sidecar.location, "sha256"),
            "missing: without it whatever the URL serves would run as root on the machines",
            "the sum that `sha256sum istio-sidecar.deb` prints",
        )
