"""The programs built from Go modules: each has a folder in sandbox/tools with its own go.mod, go.sum and main.go."""

import functools
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.builds.recipe import BuildError, Recipe
from sandbox.paths import REPO

TOOLS = REPO / "sandbox" / "tools"

ISTIO_VERSION = "1.31.0-20260827"
"""What pilot-discovery and pilot-agent call themselves: the VERSION file of the istio module and its commit's day."""

GO_MINOR = 26
"""The oldest Go 1.x that the tools' go.mod files allow."""

PULUMI_VERSION = "3.250.0"
KUBERNETES_VERSION = "1.36.2"
KUBERNETES_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet")

# Static binaries run in images without a C library and build without a C compiler. DWARF would be thrown away by
# the linker's -s -w; not writing it makes the compiler a tenth faster.
BUILD_FLAGS = ("-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false")
BUILD_ENVIRONMENT = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}


@dataclass(frozen=True)
class GoTool:
    """One Go module below sandbox/tools.

    name: the module's folder, and the artifact's name. package: what `go build` takes: "." for a main.go of its own,
    "tool" for the module's `tool` lines. variables: string variables set at link time, by their full name. links:
    further names for the program, whose behaviour depends on the name it is called by.
    """

    name: str
    package: str = "."
    variables: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()

    @property
    def ldflags(self) -> str:
        """The linker's flags: no symbols, and the version variables."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)])


_KUBERNETES_MAJOR, _KUBERNETES_MINOR, _ = KUBERNETES_VERSION.split(".")

GO_TOOLS = (
    GoTool("echo"),
    GoTool(
        "istio",
        package="tool",
        variables=(
            ("istio.io/istio/pkg/version.buildVersion", ISTIO_VERSION),
            ("istio.io/istio/pkg/version.buildTag", ISTIO_VERSION),
        ),
    ),
    GoTool(
        "kubernetes",
        # Without these the server reports a version that clients cannot parse.
        variables=(
            ("k8s.io/component-base/version.gitVersion", f"v{KUBERNETES_VERSION}"),
            ("k8s.io/component-base/version.gitMajor", _KUBERNETES_MAJOR),
            ("k8s.io/component-base/version.gitMinor", _KUBERNETES_MINOR),
            ("k8s.io/client-go/pkg/version.gitVersion", f"v{KUBERNETES_VERSION}"),
        ),
        links=KUBERNETES_PROGRAMS,
    ),
    GoTool("coredns"),
    GoTool("etcd"),
    GoTool("helm", package="tool"),
    GoTool(
        "pulumi",
        package="tool",
        # Without it the engine has no version, and a program's `require_pulumi_version` goes unchecked.
        variables=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", f"v{PULUMI_VERSION}"),),
    ),
)
"""In the order they are best built in: echo first, as its short build compiles the standard library for all."""


def recipe(tool: GoTool) -> Recipe:
    """The recipe of one Go tool: a folder with its programs."""
    return Recipe(
        name=tool.name,
        build=functools.partial(_build, tool),
        files=tuple(_sources(TOOLS / tool.name)),
        facts=lambda: (go_toolchain(), repr(tool), repr(BUILD_FLAGS), repr(BUILD_ENVIRONMENT)),
    )


def download_sources(tool: GoTool) -> None:
    """Fetch the modules that `tool` is built from, so that its build does not wait for the network."""
    _go(["list", "-deps", tool.package], f"download what {tool.name} is built from", TOOLS / tool.name)


@functools.cache
def go_toolchain() -> str:
    """The Go version, system and processor that builds are for, for example "go1.26.8 linux amd64"."""
    remedy = f"install Go 1.{GO_MINOR} or later (https://go.dev/doc/install) and put its bin folder first on PATH"
    if not shutil.which("go"):
        raise BuildError(f"`go`, which builds the sandbox's Kubernetes, Istio and Pulumi, is not on PATH: {remedy}")
    version, *platform = _go(["env", "GOVERSION", "GOOS", "GOARCH"], "ask Go for its version", TOOLS / "echo").split()
    number = re.match(r"go1\.(\d+)", version)
    if number and int(number[1]) < GO_MINOR:
        raise BuildError(f"`go` on PATH is {version}, too old for the sandbox's Kubernetes, Istio and Pulumi: {remedy}")
    return " ".join([version, *platform])


@functools.cache
def istio_module() -> Path:
    """The folder with the sources of the pinned istio.io/istio, downloaded if need be; it is read-only."""
    purpose = "find the sources of istio.io/istio"
    _go(["mod", "download", "istio.io/istio"], purpose, TOOLS / "istio")
    return Path(_go(["list", "-m", "-f", "{{.Dir}}", "istio.io/istio"], purpose, TOOLS / "istio").strip())


def _build(tool: GoTool, folder: Path, _: Mapping[str, Path]) -> None:
    command = ["build", *BUILD_FLAGS, "-ldflags", tool.ldflags, "-o", f"{folder}/", tool.package]
    _go(command, f"build {tool.name}", TOOLS / tool.name)
    for link in tool.links:
        (folder / link).symlink_to(tool.name)


def _go(arguments: list[str], purpose: str, folder: Path) -> str:
    return run(["go", *arguments], purpose, cwd=folder, environment=BUILD_ENVIRONMENT)


def _sources(folder: Path) -> list[Path]:
    return [*folder.glob("go.*"), *sorted(folder.glob("*.go"))]
