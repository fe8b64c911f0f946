"""The SDK's runner of Python programs, from the engine's Go module; PyPI's package does not contain it.

The official language host starts every program with it.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.builds.go_command import TOOLS, module_folder
from sandbox.builds.recipe import Recipe

PROGRAM = "pulumi-language-python-exec"


def _build(folder: Path, _: Mapping[str, Path]) -> None:
    sdk = module_folder("github.com/pulumi/pulumi/sdk/v3", "pulumi")
    shutil.copyfile(sdk / "python" / "cmd" / PROGRAM, folder / PROGRAM)
    (folder / PROGRAM).chmod(0o755)


RECIPE = Recipe("pulumi-executor", _build, files=(TOOLS / "pulumi" / "go.sum",))
