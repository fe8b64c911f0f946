"""Pulumi's engine and plugins in the versions that meshx is tested with, and warnings where others run.

requirements.txt pins the SDKs. An engine has its SDK's version, and loads the plugin that an SDK names.
"""

import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import pulumi

ENGINE = "pulumi"
PLUGINS = ("pulumi-kubernetes", "pulumi-command", "pulumi-gcp")

_PIN = re.compile(r"^(?P<name>pulumi[\w-]*)==(?P<version>[\w.]+)", re.M)
# sdk/go/common/resource/plugin/plugin.go, ValidatePulumiVersionRange.
_ENGINES_OWN = re.compile(r"CLI version v?(?P<version>\d+\.\d+\.\d+[\w.+-]*)")


def warn_of_other_versions(requirements: Path) -> None:
    """Warn of an engine and of plugins that are not what the file `requirements` pins; of none without such a file."""
    if not requirements.is_file():
        return
    tested = pinned(requirements.read_text(encoding="utf-8"))
    running = {name: found for name in PLUGINS if (found := _installed(name))}
    if ENGINE in tested:
        running[ENGINE] = _engine(tested[ENGINE])
    for warning in other_versions(tested, running):
        pulumi.log.warn(warning)


def pinned(requirements: str) -> dict[str, str]:
    """The versions that requirements.txt, given as text, pins of Pulumi's packages, by name."""
    return {found["name"]: found["version"] for found in _PIN.finditer(requirements)}


def other_versions(tested: Mapping[str, str], running: Mapping[str, str]) -> list[str]:
    """A warning for each of `running` (versions by name) that is another than the tested one."""
    return [
        _told(name, tested[name], version)
        for name, version in running.items()
        if name in tested and version != tested[name]
    ]


def _told(name: str, tested: str, running: str) -> str:
    if name == ENGINE:
        return (
            f"Pulumi's engine is {running}, and meshx is tested with {tested}: install that one "
            f"(`curl -fsSL https://get.pulumi.com | sh -s -- --version {tested}`)"
        )
    plugin = name.removeprefix("pulumi-")
    return (
        f"the plugin {plugin} is {running}, as the installed {name} names it, and meshx is tested with {tested}: run "
        f"`.venv/bin/pip install {name}=={tested}`, and `pulumi plugin install resource {plugin} v{tested}` where "
        "plugins are not installed by themselves"
    )


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _engine(wanted: str) -> str:
    """The engine's version. It tells it only to who demands another one."""
    try:
        pulumi.require_pulumi_version(f"={wanted}")
    # The SDK knows no narrower one (pulumi/runtime/settings.py, grpc_error_to_exception).
    except Exception as error:
        found = _ENGINES_OWN.search(str(error))
        return found["version"] if found else wanted
    return wanted
