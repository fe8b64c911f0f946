"""The versions of Pulumi's engine and plugins that meshx is tested with, and warnings for others.

The engine loads the plugin that an SDK names.
"""

import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pulumi

from meshx.stack.pinned_versions import PLUGINS, pinned

ENGINE = "3.276.0"

# sdk/go/common/resource/plugin/plugin.go, ValidatePulumiVersionRange.
_ENGINES_OWN = re.compile(r"CLI version v?(?P<version>\d+\.\d+\.\d+[\w.+-]*)")


def warn_of_other_versions(requirements: Path) -> None:
    """Warn of an untested engine, and of plugins that the file `requirements` does not pin; do nothing without the
    file."""
    if not requirements.is_file():
        return
    tested = pinned(requirements.read_text(encoding="utf-8"))
    running = {name: found for name in PLUGINS if (found := _installed(name))}
    for warning in [*other_engine(_engine()), *other_versions(tested, running)]:
        pulumi.log.warn(warning)


def other_engine(running: str) -> list[str]:
    """A warning if the engine of version `running` is not the tested one."""
    if running == ENGINE:
        return []
    return [
        f"Pulumi's engine is {running}, but meshx is tested with {ENGINE}: install that version "
        f"(`curl -fsSL https://get.pulumi.com | sh -s -- --version {ENGINE}`)"
    ]


def other_versions(tested: Mapping[str, str], running: Mapping[str, str]) -> list[str]:
    """A warning for each plugin of `running` (versions by their SDK's name) that differs from the tested one."""
    return [
        _other_plugin(name.removeprefix("pulumi-"), version, tested[name])
        for name, version in running.items()
        if name in tested and version != tested[name]
    ]


def _other_plugin(plugin: str, running: str, tested: str) -> str:
    return (
        f"the plugin {plugin} is {running}, which the installed pulumi-{plugin} selects, but meshx is tested with "
        f"{tested}: run `.venv/bin/pip install pulumi-{plugin}=={tested}`, and `pulumi plugin install resource "
        f"{plugin} v{tested}` if plugins are not installed automatically"
    )


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _engine() -> str:
    """The engine's version. The engine tells it only to a program that requires another one."""
    try:
        pulumi.require_pulumi_version(f"={ENGINE}")
    # The SDK has no narrower error (pulumi/runtime/settings.py, grpc_error_to_exception).
    except Exception as error:
        found = _ENGINES_OWN.search(str(error))
        return found["version"] if found else ENGINE
    return ENGINE
