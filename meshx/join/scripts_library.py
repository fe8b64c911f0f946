"""The scripts of meshx: where they are here, and where what stays of them is on a machine."""

from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / "scripts"
LIBRARY = "/usr/local/lib/meshx"
"""On a machine; root's own."""
FAMILY_SCRIPTS = ("family/family.sh", "family/deb.sh", "family/rpm.sh")
"""What knows a system's package manager."""


def script_text(name: str) -> str:
    """Return the text of a script, or of a unit beside them, by its path below meshx/scripts."""
    return (SCRIPTS / name).read_text(encoding="utf-8")
