"""Built things at fixed places in the state folder, for the program, for Pulumi's plugins and for people."""

from sandbox.builds import artifact
from sandbox.files import link
from sandbox.paths import STATE
from sandbox.supervision.supervisor import Part


def _make() -> None:
    link(STATE / "charts", artifact("charts"))
    link(STATE / "istio-sidecar.deb", artifact("sidecar-package") / "istio-sidecar.deb")


PARTS = (Part("artifacts", prepare=_make),)
