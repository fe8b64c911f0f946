"""meshx:sidecar: the package with the proxy that every machine gets."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Leaf
from meshx.config.section import Section
from meshx.config.values.files import ExistingFile, ProjectFile
from meshx.istio.artefacts import ARTEFACTS
from meshx.rollout.effect import RESTART, SCRIPTED


def is_sha256_sum(text: str) -> bool:
    """Whether a text is 64 hexadecimal digits."""
    return re.fullmatch(r"[0-9a-fA-F]{64}", text) is not None


def sha256_sum(text: str) -> str:
    """A SHA-256 sum: 64 hexadecimal digits, in lower case."""
    if not is_sha256_sum(text):
        refuse(f"{quote(text)} is not a SHA-256 sum", "the 64 hexadecimal digits that sha256sum prints")
    return text.lower()


FAMILIES = {"deb": "Debian, Ubuntu and their kin", "rpm": "RHEL, Rocky, Alma, Fedora, Amazon Linux"}
"""How a package's name ends, and whose it is."""


def family_of(source: str) -> str:
    """The family of a package by its file's name or its URL: "deb", "rpm", or "" for neither."""
    ending = source.partition("?")[0].rpartition(".")[2]
    return ending if ending in FAMILIES else ""


def _package_name(source: str) -> None:
    if not family_of(source):
        refuse(
            f"{quote(source)} is no package: neither .deb nor .rpm", "Istio's istio-sidecar.deb or istio-sidecar.rpm"
        )


def package_url(text: str) -> str:
    """The URL of a package."""
    if not re.fullmatch(r"https?://[^\s/]+/\S+", text):
        refuse(f"{quote(text)} is not the URL of a package", "a URL such as https://example.com/istio-sidecar.deb")
    _package_name(text)
    return text


def package_file(file: ProjectFile) -> ProjectFile:
    """A package that is there."""
    _package_name(file.written)
    return file


def proxy_url(text: str) -> str:
    """The URL of an HTTP proxy, without a name and a password, which would be readable in states and metadata."""
    remedy = "a URL such as http://proxy.example.com:3128"
    if "@" in text:
        refuse("a name and a password there would be readable in the state, and on instances", remedy)
    if not re.fullmatch(r"https?://[^\s/]+/?", text):
        refuse(f"{quote(text)} is not the URL of a proxy", remedy)
    return text


class PackageConfiguration(Section):
    """A package with the proxy: a local file or a URL."""

    file: Annotated[Annotated[ExistingFile, AfterValidator(package_file)] | None, RESTART] = Field(
        default=None,
        description="The package as a file, copied to the machines.",
        examples=["packages/istio-sidecar.deb"],
    )
    url: Annotated[Annotated[str, AfterValidator(package_url), Words("a URL (text)")] | None, SCRIPTED] = Field(
        default=None,
        description="The package's URL. The computer that runs Pulumi downloads it and copies it to the machines.",
        examples=[f"{ARTEFACTS}/releases/1.31.0/deb/istio-sidecar.deb"],
    )
    sha256: Annotated[
        Annotated[str, AfterValidator(sha256_sum), Words("a SHA-256 sum (text)"), Leaf()] | None, RESTART
    ] = Field(
        default=None,
        description="The package's SHA-256 sum. Required with `url`; with `file` it is compared if given.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class FamilyPackagesConfiguration(Section):
    """The packages for a family of systems, by processor."""

    amd64: Annotated[PackageConfiguration | None, RESTART] = Field(
        default=None, description="The package for amd64 (x86_64)."
    )
    arm64: Annotated[PackageConfiguration | None, RESTART] = Field(
        default=None, description="The package for arm64 (aarch64)."
    )


class SidecarConfiguration(PackageConfiguration):
    """The package with the proxy, installed on every machine: a local file or a URL.

    Or one for each kind of machine, under `deb` and `rpm`.
    """

    deb: Annotated[FamilyPackagesConfiguration | None, RESTART] = Field(
        default=None,
        description=f"In place of `file` or `url`: the packages for {FAMILIES['deb']}, by processor. Each machine gets "
        "the one for what it is.",
    )
    rpm: Annotated[FamilyPackagesConfiguration | None, RESTART] = Field(
        default=None,
        description=f"The same for {FAMILIES['rpm']}.",
    )

    proxy: Annotated[Annotated[str, AfterValidator(proxy_url), Words("a URL (text)")] | None, SCRIPTED] = Field(
        default=None,
        description="The HTTP proxy through which a `url` is fetched, by the computer that runs Pulumi and by "
        "instances of Compute Engine. Left out: what that computer's environment names (`HTTPS_PROXY`); instances have "
        "none.",
        examples=["http://proxy.example.com:3128"],
    )

    @property
    def kinds(self) -> dict[str, PackageConfiguration]:
        """The packages by kind of machine, such as "rpm/arm64"; none where one is named for any machine."""
        return {
            f"{family}/{architecture}": package
            for family, packages in (("deb", self.deb), ("rpm", self.rpm))
            if packages is not None
            for architecture, package in (("amd64", packages.amd64), ("arm64", packages.arm64))
            if package is not None
        }
