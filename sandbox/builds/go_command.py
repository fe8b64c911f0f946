"""Runs Go on the modules below sandbox/tools."""

from collections.abc import Sequence
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.paths import REPO

TOOLS = REPO / "sandbox" / "tools"

# Static binaries run in images without a C library and build without a C compiler.
BUILD_ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}

# With fewer garbage collections the compiler takes a tenth less time, and no more memory than the largest package does.
COMPILER_MEMORY = {"GOGC": "400", "GOMEMLIMIT": "2GiB"}


def go(arguments: Sequence[str | Path], purpose: str, tool: str) -> str:
    """Run `go` in the module of `tool` and return what it prints; `purpose` heads the BuildError if it fails."""
    return run(["go", *arguments], purpose, cwd=TOOLS / tool, environment={**BUILD_ENVIRONMENT, **COMPILER_MEMORY})


def module_folder(module: str, tool: str) -> Path:
    """The folder with the sources of `module` at `tool`'s version, downloaded if need be; it is read-only."""
    purpose = f"find the sources of {module}"
    go(["mod", "download", module], purpose, tool)
    return Path(go(["list", "-m", "-f", "{{.Dir}}", module], purpose, tool).strip())
