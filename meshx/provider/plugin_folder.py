"""The folder by which Pulumi's engine finds the plugin of an installed meshx, with no path in a project.

Below `plugins` in Pulumi's home the engine takes a folder `resource-<name>-v<version>` for a plugin, and starts it by
its PulumiPlugin.yaml if it has no program (pulumi/sdk/go/common/workspace/plugins.go, getPluginInfoAndPath, and
resource/plugin/plugin.go, ExecPlugin). The language host tells it which name and version a project needs: those of
pulumi-plugin.json in each package that the project's Python has (hatch_build.py). What the engine downloads is the same
folder, in an archive; it has the plugin's own virtual environment made in it.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from meshx.version import VERSION

NAME = f"resource-meshx-v{VERSION}"
SYSTEMS = ("darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64")
"""For each of these the engine asks for an archive of its own (plugins.go, standardAssetName); all are the same."""
OWN_ENVIRONMENT = "venv"
_MAIN = '''"""The process of meshx's plugin, whose code is in the virtual environment that PulumiPlugin.yaml names."""

import runpy

runpy.run_module("meshx.provider", run_name="__main__")
'''


def plugin_files(environment: str) -> Mapping[str, str]:
    """The folder's files by name. environment: the virtual environment that has meshx in it, absolute; or
    OWN_ENVIRONMENT, which the engine makes beside them from their requirements.txt."""
    options = {"toolchain": "pip", "virtualenv": environment}
    files = {
        "PulumiPlugin.yaml": yaml.safe_dump({"runtime": {"name": "python", "options": options}}, sort_keys=False),
        "__main__.py": _MAIN,
    }
    return {**files, "requirements.txt": f"meshx=={VERSION}\n"} if environment == OWN_ENVIRONMENT else files


def plugins_folder() -> Path:
    """Where the engine looks for plugins (sdk/go/common/workspace/paths.go, GetPulumiHomeDir)."""
    home = os.environ.get("PULUMI_HOME")
    return (Path(home) if home else Path.home() / ".pulumi") / "plugins"


def install(environment: Path) -> Path:
    """Make the folder that starts the plugin out of a virtual environment, or make it anew; returns it. OSError."""
    folder = plugins_folder() / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in plugin_files(str(environment)).items():
        # The engine may look at it meanwhile, for another project.
        new = folder / f".{name}.{os.getpid()}"
        new.write_text(text, encoding="utf-8")
        new.replace(folder / name)
    return folder


def archives(folder: Path) -> list[Path]:
    """Write what a release offers to engines that download the plugin, into an existing folder; returns the files."""
    files = [folder / f"pulumi-resource-meshx-v{VERSION}-{system}.tar.gz" for system in SYSTEMS]
    for file in files:
        with tarfile.open(file, "w:gz") as archive:
            for name, text in plugin_files(OWN_ENVIRONMENT).items():
                content = text.encode()
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
    return files
