"""Settings that still name a place which Istio takes its artefacts away from, and what to write instead.

The preview warns of them and the doctor names them: of the stack's file, and of the mesh's own ConfigMaps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from meshx.config.errors.origins import place_of
from meshx.config.errors.paths import Location
from meshx.config.section import Section
from meshx.config.sections.gce import InstanceKeys
from meshx.config.sections.mesh import MeshConfiguration
from meshx.config.stack import StackConfiguration
from meshx.istio.artefacts import FIRST_ELSEWHERE, MovedAddress, moved_addresses
from meshx.istio.versions import IstioLine, minor_version


@dataclass(frozen=True)
class MovedSetting:
    """One setting that names an old place.

    setting: which, such as `meshx:sidecar.url`. addresses: what it names, with the new addresses. never_there: whether
    something of it was never at the old place. written_in: where the new address is to be written, "" for right there.
    """

    setting: str
    addresses: tuple[MovedAddress, ...]
    never_there: bool
    written_in: str = ""

    @property
    def found(self) -> str:
        """What was found."""
        return f"{self.setting} names {_all(address.old for address in self.addresses)}"

    @property
    def cause(self) -> str:
        """What is wrong with that."""
        if self.never_there:
            return "Istio never published 1.31 and later there, and takes all else away in December 2026"
        return "Istio takes its charts, packages and images away from there in December 2026"

    @property
    def remedy(self) -> str:
        """What to write instead."""
        where = f" in {self.written_in}" if self.written_in else ""
        return f"write {_all(address.new for address in self.addresses)}{where}"

    def __str__(self) -> str:
        return f"{self.found}: {self.cause}. Remedy: {self.remedy}"


def moved_settings(configuration: StackConfiguration) -> list[MovedSetting]:
    """What of a stack's file names an old place, scripts of `gce.startup` included, each setting once."""
    version = _chart_version(configuration.mesh)
    return [
        moved
        for location, file, text in _texts(configuration, ())
        for place in [place_of(location, configuration.origins)]
        for moved in _moved(f"{place} ({file})" if file else place, text, version)
    ]


def moved_in_cluster(mesh: MeshConfiguration, config_maps: Mapping[str, Mapping[str, str]]) -> list[MovedSetting]:
    """What the running control plane's own settings name of the old places.

    config_maps: the data of `istio` and `istio-sidecar-injector` by name; key `values` of the latter is JSON.
    """
    classic = mesh.line is IstioLine.CLASSIC
    written_in = (
        f"meshx:mesh.values.{'istio' if classic else 'istiod'}"
        if mesh.install.control_plane
        else "the values that the adopted control plane is installed with, by `helm upgrade` or `istioctl`"
    )
    return [
        moved
        for name, data in config_maps.items()
        for key, text in data.items()
        for path, value in _parsed(key, text)
        for moved in _moved(
            f"{path} of ConfigMap istio-system/{name}", value, minor_version(mesh.istio_version), written_in
        )
    ]


def _moved(setting: str, text: str, version: tuple[int, int], written_in: str = "") -> Iterator[MovedSetting]:
    """version: that of the mesh, which counts where an address names none."""
    addresses = tuple(dict.fromkeys(moved_addresses(text)))
    if addresses:
        never_there = any(_never_there(address, version) for address in addresses)
        yield MovedSetting(setting, addresses, never_there, written_in)


def _never_there(address: MovedAddress, version: tuple[int, int]) -> bool:
    if address.version is None and "/releases/" in address.old:
        return False  # a script's own variable
    return (address.version or version) >= FIRST_ELSEWHERE


def _chart_version(mesh: MeshConfiguration) -> tuple[int, int]:
    written = re.match(r"v?(\d+)\.(\d+)\b", mesh.chart.version or "")
    return (int(written[1]), int(written[2])) if written else minor_version(mesh.istio_version)


def _texts(value: object, location: Location) -> Iterator[tuple[Location, str, str]]:
    """Every text of the configuration: where it stands, the file that holds it ("" for none), and the text.

    Secrets are none of these, and no file is read but the scripts that instances are given.
    """
    if isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            yield from _texts(getattr(value, name), (*location, str(field.alias)))
        if isinstance(value, InstanceKeys) and value.startup is not None:
            script = value.startup.path.read_text(encoding="utf-8")
            yield (*location, "startup"), value.startup.written, script
    elif isinstance(value, Mapping):
        for key, below in cast("Mapping[object, object]", value).items():
            yield from _texts(below, (*location, str(key)))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(cast("Iterable[object]", value)):
            yield from _texts(item, (*location, position))
    elif isinstance(value, str):
        yield location, "", value


def _parsed(key: str, text: str) -> Iterator[tuple[str, str]]:
    """The texts in a key of a ConfigMap by their path: those of a structure in JSON, else the whole."""
    try:
        content: object = json.loads(text)
    except ValueError:
        content = text
    for location, _, found in _texts(content, ()):
        yield ".".join([key, *map(str, location)]), found


def _all(addresses: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(addresses))
