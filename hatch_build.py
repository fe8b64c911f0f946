"""What the build of a wheel adds to it: the file by which Pulumi's language hosts find the plugin of the package.

They take a file of this name from each installed package's own folder, and its version from the package
(pulumi/sdk/python/cmd/pulumi-language-python/main.go, packageDependencyFromPluginJSON). The engine downloads from
`server` a plugin that is not installed. Only who releases knows the server: MESHX_PLUGIN_SERVER, such as
github://api.github.com/<owner>/<repository>. Without it people install the plugin by `meshx plugin install`.
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAME = "pulumi-plugin.json"
FOLDER = "pulumi_meshx"
"""The folder of the distribution's own name, where language hosts look; what is imported is meshx."""


class PluginFile(BuildHookInterface):  # type: ignore[type-arg]
    """Puts pulumi-plugin.json into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file, and name it to the build."""
        self._folder = tempfile.TemporaryDirectory()
        described = {"resource": True, "name": "meshx"}
        if server := os.environ.get("MESHX_PLUGIN_SERVER"):
            described["server"] = server
        file = Path(self._folder.name, NAME)
        file.write_text(f"{json.dumps(described)}\n", encoding="utf-8")
        build_data["force_include"][str(file)] = f"{FOLDER}/{NAME}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the file that was written for the build."""
        self._folder.cleanup()
