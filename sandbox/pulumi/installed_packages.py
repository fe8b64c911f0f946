"""Which of Pulumi's packages a program's Python has, and the plugins that they need.

It finds them as the official language host does (Pulumi SDK: sdk/python/cmd/pulumi-language-python/main.go,
listPulumiPackageInfos, packageDependencyFromPluginJSON and determinePluginVersion): by the file `pulumi-plugin.json` in
a package's folder, or by its name. The engine looks for the plugins before it runs the program.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.runtime.proto import plugin_pb2

WITHOUT_PLUGINS = ("pulumi-policy", "pulumi-esc-sdk")
_PREFIX = "pulumi-"
_VERSION = re.compile(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d*))?(?:\.post(\d*))?(?:\.dev(\d*))?")
_PRE_RELEASES = {"a": "alpha", "b": "beta", "rc": "rc"}
# Runs in the program's own interpreter and prints [[name, version, text of pulumi-plugin.json or null], ...].
_LIST = """
import importlib.metadata, importlib.util, json, os
found = []
for one in importlib.metadata.distributions():
    name = one.metadata["Name"]
    try:
        spec = importlib.util.find_spec(name.replace("-", "_"))
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or []) if spec else []
    files = [file for place in places if os.path.isfile(file := os.path.join(place, "pulumi-plugin.json"))]
    found.append([name, one.version, open(files[0]).read() if files else None])
print(json.dumps(found))
"""


class PackagesError(Exception):
    """The packages could not be listed, or one has an unreadable description."""


def needed(python: str, environment: Mapping[str, str] | None) -> Iterator[plugin_pb2.PackageDependency]:
    """The plugin of each installed package that has one. Raises PackagesError."""
    done = subprocess.run([python, "-c", _LIST], check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise PackagesError(f"{python} could not list the installed packages: {done.stderr.strip()}")
    for name, version, text in json.loads(done.stdout):
        try:
            described = json.loads(text) if text else None
        except json.JSONDecodeError as error:
            raise PackagesError(f"failed to parse pulumi-plugin.json for {name}: {error}") from None
        if plugin := plugin_of(normalized(name), version, described):
            yield plugin


def plugin_of(name: str, version: str, described: dict[str, Any] | None) -> plugin_pb2.PackageDependency | None:
    """The plugin of a package, by its normalized name and its pulumi-plugin.json; None if it has none."""
    if name in WITHOUT_PLUGINS or (described is None and not name.startswith(_PREFIX)):
        return None
    described = described or {"resource": True}
    plugins_version = described.get("version") or plugin_version(version)
    if not described.get("resource") or plugins_version is None:
        return None
    return plugin_pb2.PackageDependency(
        name=described.get("name") or name.removeprefix(_PREFIX),
        kind="resource",
        version=plugins_version if plugins_version.startswith("v") else f"v{plugins_version}",
        server=described.get("server", ""),
    )


def plugin_version(package: str) -> str | None:
    """The semantic version of a package's version (PEP 440); None for unsupported forms, such as epochs."""
    match = _VERSION.fullmatch(package)
    if match is None:
        return None
    numbers, pre, pre_number, post, development = match.groups()
    parts = numbers.split(".")
    text = ".".join([*parts, *["0"] * (3 - len(parts))])
    text += f"-{_PRE_RELEASES[pre]}.{pre_number}" if pre else ""
    built = (f"post{post}" if post is not None else "") + (f"dev{development}" if development is not None else "")
    return f"{text}+{built}" if built else text


def normalized(name: str) -> str:
    """A package's name, normalized by PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()
