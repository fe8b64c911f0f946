"""Built things at fixed places in the state folder, for the program, for Pulumi's plugins and for people."""

from pathlib import Path

from sandbox.builds import artifact
from sandbox.paths import STATE
from sandbox.supervisor import Part


def _make() -> None:
    link(STATE / "charts", artifact("charts"))
    link(STATE / "istio-sidecar.deb", artifact("sidecar-package") / "istio-sidecar.deb")


def link(name: Path, target: Path) -> None:
    """Have the symbolic link `name` lead to `target`."""
    if name.is_symlink() and name.readlink() == target:
        return
    name.parent.mkdir(parents=True, exist_ok=True)
    # By a rename, so that the name is never missing.
    new = name.with_name(f"{name.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(name)


PARTS = (Part("artifacts", prepare=_make),)
