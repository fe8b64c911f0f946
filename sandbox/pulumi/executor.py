"""The SDK's runner of Python programs, `pulumi-language-python-exec`, from the Go module that the engine is built with.

The official language host starts every program by it; PyPI's package does not have it.
"""

import shutil
from pathlib import Path

from sandbox.builds import store
from sandbox.builds.commands import run
from sandbox.builds.recipe import Recipe, key_of
from sandbox.paths import CACHE, REPO

NAME = "pulumi-language-python-exec"
_MODULE = "github.com/pulumi/pulumi/sdk/v3"
_TOOL = REPO / "sandbox" / "tools" / "pulumi"


def executor() -> Path:
    """The runner, an executable Python script of the engine's version. Raises BuildError."""
    recipe = Recipe("pulumi-executor", lambda folder, _: _copy(folder), files=(_TOOL / "go.sum",))
    folder, _ = store.obtain(CACHE, recipe.name, key_of(recipe, {}), lambda folder: recipe.build(folder, {}))
    return folder / NAME


def _copy(folder: Path) -> None:
    run(["go", "mod", "download", _MODULE], f"download {_MODULE}", cwd=_TOOL)
    module = run(["go", "list", "-m", "-f", "{{.Dir}}", _MODULE], f"find {_MODULE}", cwd=_TOOL).strip()
    shutil.copyfile(Path(module) / "python" / "cmd" / NAME, folder / NAME)
    (folder / NAME).chmod(0o755)
