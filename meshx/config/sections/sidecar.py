"""meshx:sidecar: the package with the proxy that every machine gets."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Leaf
from meshx.config.section import Section
from meshx.config.values.files import ExistingFile, ProjectFile
from meshx.istio.artefacts import ARTEFACTS


def is_sha256_sum(text: str) -> bool:
    """Whether a text is 64 hexadecimal digits."""
    return re.fullmatch(r"[0-9a-fA-F]{64}", text) is not None


def sha256_sum(text: str) -> str:
    """A SHA-256 sum: 64 hexadecimal digits, in lower case."""
    if not is_sha256_sum(text):
        refuse(f"{quote(text)} is not a SHA-256 sum", "the 64 hexadecimal digits that sha256sum prints")
    return text.lower()


def _debian_name(name: str, written: str) -> None:
    if name.endswith(".rpm"):
        refuse(f"not supported yet: {quote(written)} is an RPM package", "Istio's istio-sidecar.deb")
    if not name.endswith(".deb"):
        refuse(f"{quote(written)} is not a Debian package", "Istio's istio-sidecar.deb")


def package_url(text: str) -> str:
    """The URL of a Debian package."""
    if not re.fullmatch(r"https?://[^\s/]+/\S+", text):
        refuse(f"{quote(text)} is not the URL of a package", "a URL such as https://example.com/istio-sidecar.deb")
    _debian_name(text.partition("?")[0], text)
    return text


def package_file(file: ProjectFile) -> ProjectFile:
    """A Debian package that is there."""
    _debian_name(file.path.name, file.written)
    return file


class SidecarConfiguration(Section):
    """The package with the proxy, installed on every machine: a local file or a URL."""

    file: Annotated[ExistingFile, AfterValidator(package_file)] | None = Field(
        default=None,
        description="The package as a file, copied to the machines.",
        examples=["packages/istio-sidecar.deb"],
    )
    url: Annotated[str, AfterValidator(package_url), Words("a URL (text)")] | None = Field(
        default=None,
        description="The package's URL. The computer that runs Pulumi downloads it and copies it to the machines.",
        examples=[f"{ARTEFACTS}/releases/1.31.0/deb/istio-sidecar.deb"],
    )
    sha256: Annotated[str, AfterValidator(sha256_sum), Words("a SHA-256 sum (text)"), Leaf()] | None = Field(
        default=None,
        description="The package's SHA-256 sum. Required with `url`; with `file` it is compared if given.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
