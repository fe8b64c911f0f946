"""The sidecar's package: there as soon as a machine is, from one place, and known by its sum."""

from collections.abc import Iterator
from pathlib import Path

from meshx.config.errors.problems import Problem
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import machines, machines_and_groups
from meshx.config.sections.gce import DEFAULT_IMAGE, image_family
from meshx.config.sections.sidecar import FAMILIES, family_of, is_sha256_sum
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
            yield from _kind_problems(written)
            yield from _unused_proxy(written)
            for family, package in named_packages(written):
                yield from _package_problems(package, family)
                yield from _another_package(package, base, sums)
    yield from _other_systems(stack)


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


def named_packages(sidecar: Written) -> Iterator[tuple[str, Written]]:
    """Each package that a sidecar names, with the family that it stands under: "" for the one for any machine."""
    several = False
    for family in FAMILIES:
        for package in sidecar.get(family).entries():
            if package:
                several = True
                yield family, package
    if not several:
        yield "", sidecar


def _kind_problems(sidecar: Written) -> Iterator[Problem]:
    """One package for any machine beside some for each kind."""
    families = [sidecar.get(family) for family in FAMILIES if sidecar.get(family)]
    for key in ("file", "url", "sha256"):
        if families and sidecar.get(key):
            yield Problem(
                sidecar.get(key).location,
                f"{families[0].path} names packages for each kind of machine",
                "one of the two: the package under deb or rpm and its processor, or this one alone",
            )


def _unused_proxy(sidecar: Written) -> Iterator[Problem]:
    proxy = sidecar.get("proxy")
    if proxy and not any(package.get("url") for _, package in named_packages(sidecar)):
        yield Problem(proxy.location, "no package is fetched from a URL", "url: and sha256:, or leave the key out")


def _package_problems(sidecar: Written, family: str) -> Iterator[Problem]:
    file, url = sidecar.get("file"), sidecar.get("url")
    if file and url:
        yield Problem(url.location, "file names a package too", "one of the two")
    elif not file and not url:
        yield Problem(sidecar.location, "it does not say where the package is", "file: <path>, or url: and sha256:")
    elif url and not file and not sidecar.get("sha256"):
        yield Problem(
            (*sidecar.location, "sha256"),
            "missing: without it whatever the URL serves would run as root on the machines",
            f"the sum that `sha256sum istio-sidecar.{family_of(url.text) or 'deb'}` prints",
        )
    for source in (file, url):
        of = family_of(source.text)
        if family and of and of != family:
            yield Problem(
                source.location, f"{source.text} is a .{of}, under {family}", f"Istio's istio-sidecar.{family}"
            )


def _other_systems(stack: Written) -> Iterator[Problem]:
    """Instances with public images whose systems take none of their packages; of other images nothing is known."""
    told: set[tuple[str, ...]] = set()
    for one in machines_and_groups(stack):
        if not one.is_instance:
            continue
        own, shared = one.place.get("gce", "image"), stack.get("gce", "image")
        image = own if own else shared
        takes = image_family(image.text if image else DEFAULT_IMAGE)
        own_sidecar = one.place.get("sidecar")
        sidecar = own_sidecar if own_sidecar else stack.get("sidecar")
        families = {family or family_of(package.get("url").text) for family, package in named_packages(sidecar)}
        place = tuple(str(part) for part in image.location)
        if takes and takes not in families and "" not in families and place not in told:
            told.add(place)
            yield Problem(
                image.location,
                f"{image.text or DEFAULT_IMAGE} takes a .{takes}, and {sidecar.path} names a .{', a .'.join(families)}",
                f"Istio's istio-sidecar.{takes} as {sidecar.path}.{takes}, or another image",
            )
