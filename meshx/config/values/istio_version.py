"""The version of Istio as the configuration writes it."""

import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from meshx.config.errors.words import Words, quote, refuse, show
from meshx.istio import classic_versions
from meshx.istio.versions import FIRST_ISTIOD, SUPPORTED, IstioLine, line_of, minor_version


def written_line(text: str) -> IstioLine | None:
    """The line of a version as it is written; None where that is no version that machines can be joined to."""
    try:
        return line_of(istio_version(text))
    except PydanticCustomError:
        return None


def istio_version(value: object) -> str:
    """A version that machines can be joined to; refuses the others with the reason."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Never the number itself: 1.30 arrives as 1.3, and that is the classic line.
        refuse(
            "without quotes a version is a number, and 1.30 the same one as 1.3",
            'the version in quotes, such as istioVersion: "1.31.0"',
        )
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,3}\.\d{1,3}(\.\d{1,4})?(-[0-9A-Za-z.-]{1,60})?", value):
        refuse(f"expected a version of Istio, found {show(value)}", 'such as istioVersion: "1.31" or "1.31.2"')
    minor = minor_version(value)
    if minor[0] != 1 or minor < classic_versions.FIRST:
        refuse(f"{quote(value)} is not a version of Istio that meshx knows", SUPPORTED)
    if value.partition("-")[0] in classic_versions.BROKEN_PACKAGES:
        refuse(
            f"the machines' package of Istio {value} can't start its proxy: its start script calls istio-iptables, and "
            "the package has that under another name (istio issue 19615)",
            'istioVersion: "1.4.10", and the package of that version, which works with any control plane of 1.4',
        )
    if classic_versions.LAST < minor < FIRST_ISTIOD:
        refuse(
            f"Istio {value} is between the lines: 1.5 dropped Citadel and mesh expansion, and meshx needs the "
            "registration and health checks of machines that 1.20 turned on by default",
            "1.20 or later, after an upgrade of the control plane; 1.1 to 1.4 for one that was never upgraded",
        )
    return value


IstioVersion = Annotated[str, BeforeValidator(istio_version), Words("a version of Istio in quotes (text)")]
