"""The folder by which Pulumi's engine finds the plugin of an installed meshx, with no path in a project.

Below `plugins` in Pulumi's home the engine takes a folder `resource-<name>-v<version>` for a plugin, and starts it by
its PulumiPlugin.yaml if it has no program (pulumi/sdk/go/common/workspace/plugins.go, getPluginInfoAndPath, and
resource/plugin/plugin.go, ExecPlugin). The language host tells it which name and version a project needs: those of
pulumi-plugin.json in each package that the project's Python has (hatch_build.py). What the engine downloads is such a
folder, in an archive, with the code in it and not as an installed package: a virtual environment with meshx in it
would need the plugin that it is for, which the engine calls a cyclic dependency
(pulumi/pkg/cmd/pulumi/packageinstallation, gatherPackageDependenciesStep).
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from meshx.stack.pinned_versions import PINS
from meshx.version import VERSION

NAME = f"resource-meshx-v{VERSION}"
SYSTEMS = ("darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64")
"""For each of these the engine asks for an archive of its own (plugins.go, standardAssetName); all are the same."""
OWN_ENVIRONMENT = "venv"
"""In the folder; the engine makes it from requirements.txt."""
_PACKAGE = Path(__file__).parents[1]
_MAIN = '''"""The process of meshx's plugin: its code is beside this, or in the environment of PulumiPlugin.yaml."""

import runpy

runpy.run_module("meshx.provider", run_name="__main__")
'''


def plugin_files(environment: str) -> Mapping[str, str]:
    """The folder's files by name.

    environment: the virtual environment that the plugin runs in, absolute, or relative to the folder.
    """
    options = {"toolchain": "pip", "virtualenv": environment}
    return {
        "PulumiPlugin.yaml": yaml.safe_dump({"runtime": {"name": "python", "options": options}}, sort_keys=False),
        "__main__.py": _MAIN,
    }


def downloaded_files() -> Mapping[str, bytes]:
    """The files of an archive by name: the folder's, the package, and what the engine is to install beside them.

    The SDKs of other plugins are for programs alone.
    """
    pins = PINS.read_text(encoding="utf-8").splitlines()
    needed = [line for line in pins if not line.startswith("pulumi-")]
    own = {**plugin_files(OWN_ENVIRONMENT), "requirements.txt": "\n".join([*needed, ""])}
    code = [file for file in sorted(_PACKAGE.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]
    return {
        **{name: text.encode() for name, text in own.items()},
        **{f"meshx/{file.relative_to(_PACKAGE)}": file.read_bytes() for file in code},
    }


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
    contents = downloaded_files()
    for file in files:
        with tarfile.open(file, "w:gz") as archive:
            for name, content in contents.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
    return files
