"""Pulumi's home in the sandbox: engine, language host and plugins, and the environment that selects them.

`prepare()` may run at any time and again; it changes only what is not as it should be.
"""

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sandbox.builds import artifact
from sandbox.builds.pulumi_executor import PROGRAM
from sandbox.files import write_whole
from sandbox.paths import REPO, STATE
from sandbox.pulumi.installation import choose

PASSPHRASE = "meshx-sandbox"  # noqa: S105 - public: what the sandbox's stacks encrypt is the sandbox's
SHELLS_ONLY = {"PULUMI_OPTION_REFRESH": "true"}
"""For work on the dev stack: every preview shows what was changed by hand. Tests ask for it where they need it.

`options: refresh: always` of Pulumi.yaml would apply to all stacks; Pulumi.<stack>.yaml has no such option.
"""
_RUN_PART = REPO / "sandbox" / "pulumi" / "run_part.py"


OFFICIAL = "kubernetes"
"""Pulumi's own plugin, built from its module."""


@dataclass(frozen=True)
class StandIn:
    """A resource plugin of the sandbox: its name, and the module that serves it."""

    name: str
    module: str


STAND_INS = (StandIn("command", "sandbox.pulumi.command"), StandIn("gcp", "sandbox.pulumi.gcp"))
"""The plugins that the sandbox stands in for, whose modules no registry serves."""


def plugin_folder(name: str) -> str:
    """The folder that the engine wants below `plugins` in Pulumi's home: an SDK asks for a plugin of its version."""
    return f"resource-{name}-v{metadata.version(f'pulumi_{name}')}"


def prepare(state: Path = STATE) -> dict[str, str]:
    """Make `pulumi` usable with its home, backend and programs under `state`, and write `state`/env.

    Returns the variables to add to a process's environment, PATH whole. Builds the engine if need be.
    Raises PulumiError (MESHX_PULUMI asks for what does not exist) or BuildError.
    """
    programs, home, backend = state / "bin", state / "pulumi", state / "backend"
    for folder in (programs, home, backend):
        folder.mkdir(parents=True, exist_ok=True)
    kind, official = choose(programs)
    variables = {
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "KUBECONFIG": str(state / "kubeconfig"),
        "PULUMI_K8S_ENABLE_PATCH_FORCE": "true",  # meshx/stack/object_writes.py says why
    }
    first = [str(programs)]
    if official is not None:
        _remove_own(programs)
        first.append(str(official.parent))
    if kind == "sandbox":
        _install(programs, home)
        variables["PULUMI_HOME"] = str(home)
        variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    _write(state / "env", _sourced({**variables, **SHELLS_ONLY}, first), 0o644)
    rest = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder not in first]
    return {**variables, "PATH": os.pathsep.join([*first, *rest])}


def _install(programs: Path, home: Path) -> None:
    # A link would do for PATH, but the engine looks for its language hosts beside the real file, and
    # warns of any that it finds elsewhere.
    _place(artifact("pulumi") / "pulumi", programs / "pulumi")
    runner = artifact("pulumi-executor") / PROGRAM
    _place(runner, programs / runner.name)
    host = f'sandbox.pulumi.language_host "--use-executor={programs / runner.name}"'
    _write(programs / "pulumi-language-python", _launcher(host), 0o755)
    plugins = home / "plugins"
    built = artifact("pulumi-kubernetes")
    for file in built.iterdir():
        _place(file, _plugin(plugins, OFFICIAL) / file.name)
    for stand_in in STAND_INS:
        program = _plugin(plugins, stand_in.name) / f"pulumi-resource-{stand_in.name}"
        _write(program, _launcher(stand_in.module), 0o755)


def _plugin(plugins: Path, name: str) -> Path:
    """The folder of a plugin in the SDK's version; removes those of other versions."""
    folder = plugins / plugin_folder(name)
    for other in plugins.glob(f"resource-{name}-v*"):
        # Beside a plugin's folder the engine keeps files of its name with a suffix: a lock, the time of its last use.
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _remove_own(programs: Path) -> None:
    for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec"):
        (programs / name).unlink(missing_ok=True)


def _launcher(part: str) -> str:
    return f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(_RUN_PART))} {part} "$@"\n'


def _sourced(variables: dict[str, str], first: list[str]) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    front = shlex.quote(os.pathsep.join(first))
    lines.append(f'case ":$PATH:" in *":"{front}":"*) ;; *) export PATH={front}":$PATH" ;; esac')
    return "\n".join(["# Sourced by a shell: Pulumi as the sandbox set it up.", *lines, ""])


def _write(file: Path, text: str, mode: int) -> None:
    if not file.is_file() or file.read_text() != text:
        write_whole(file, text, mode)
    file.chmod(mode)


def _place(source: Path, target: Path) -> None:
    """Put `source`'s content at `target` as a separate file, without a copy if one file system holds both."""
    if target.exists() and (target.samefile(source) or _stamp(target) == _stamp(source)):
        return
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    try:
        os.link(source, new)
    except OSError:
        shutil.copy2(source, new)
    new.replace(target)


def _stamp(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns
