"""The programs built from Go modules: each has a folder in sandbox/tools with its own go.mod, go.sum and main.go."""

import functools
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.builds import kubernetes_plugin
from sandbox.builds.go_command import BUILD_ENVIRONMENT, TOOLS, go, module_folder
from sandbox.builds.recipe import BuildError, Recipe

ISTIO_VERSION = "1.31.0-20260827"
"""The version that pilot-discovery and pilot-agent report: the istio module's VERSION file and its commit's day."""

OLDEST_GO = (1, 26, 6)
"""The oldest Go that the tools' go.mod files allow."""

PULUMI_VERSION = "3.276.0"
KUBERNETES_VERSION = "1.37.2"
KUBERNETES_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet")

# For a short first build. Compiler: no DWARF, which the linker's -s -w would throw away; no inlining, a fifth of
# the time; and one thread a package, as there are packages enough for all processors. Tags: leave out what Istio's own
# build leaves out of Envoy's messages (checks of their values), and what Google's storage library allows to leave out
# (its own gRPC transport).
BUILD_FLAGS = (
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false -l -c=1",
    "-tags=disable_pgv,disable_grpc_modules",
)


@dataclass(frozen=True)
class GoTool:
    """One Go module below sandbox/tools.

    name: the module's folder, and the artifact's name. package: what `go build` takes: "." for its own main.go,
    "tool" for the module's `tool` lines. variables: string variables set at link time, by their full name. links:
    further names for the program, which behaves according to the name it is called by. program: the program's file
    name, if it is not the module's. embedded: makes the files that main.go embeds and that the repository lacks, by
    name; makers: the Python files that decide what it makes. seconds: what its build takes on two otherwise idle
    processors, after the tools before it in GO_TOOLS; only for the estimate of the time left.
    """

    name: str
    package: str = "."
    variables: tuple[tuple[str, str], ...] = ()
    links: tuple[str, ...] = ()
    program: str = ""
    # Not in the text from which the artifact's key is made: a function's text contains its address.
    embedded: Callable[[], Mapping[str, bytes]] | None = field(default=None, repr=False)
    makers: tuple[Path, ...] = field(default=(), repr=False)
    seconds: int = field(default=10, repr=False)

    @property
    def ldflags(self) -> str:
        """The linker's flags: no symbols, and the version variables."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)])


_KUBERNETES_MAJOR, _KUBERNETES_MINOR, _ = KUBERNETES_VERSION.split(".")

GO_TOOLS = (
    GoTool("echo", seconds=10),
    GoTool(
        "istio",
        package="tool",
        variables=(
            ("istio.io/istio/pkg/version.buildVersion", ISTIO_VERSION),
            ("istio.io/istio/pkg/version.buildTag", ISTIO_VERSION),
        ),
        seconds=115,
    ),
    GoTool("coredns", seconds=5),
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
        seconds=145,
    ),
    GoTool("etcd", seconds=5),
    GoTool(
        "pulumi",
        package="tool",
        # Without it the engine has no version, and ignores a program's `require_pulumi_version`.
        variables=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", f"v{PULUMI_VERSION}"),),
        seconds=75,
    ),
    GoTool(
        kubernetes_plugin.TOOL,
        program="pulumi-resource-kubernetes",
        # Without a "v", as in its Makefile: it is the plugin's answer to the engine and part of its user agent.
        variables=((f"{kubernetes_plugin.MODULE}/pkg/version.Version", kubernetes_plugin.VERSION),),
        embedded=kubernetes_plugin.embedded_files,
        makers=(Path(kubernetes_plugin.__file__),),
        seconds=170,
    ),
)
"""In the best order for a build: echo first, as its short build compiles the standard library for all; then what
goes into the images and the machines' package, so that those are packed while the rest compiles."""

YAML_VERSION = "1.25.0"
ISTIO_BEFORE_VERSION = "1.30.4"
"""The version that the istiod of the minor version before reports: its module is of that branch (its istio.io/api)."""

TESTS_TOOLS = (
    GoTool(
        "pulumi-yaml",
        package="tool",
        variables=(("github.com/pulumi/pulumi-yaml/pkg/version.Version", YAML_VERSION),),
    ),
    GoTool("pulumi-sdks", links=("pulumi-language-nodejs", "pulumi-language-go")),
    GoTool(
        "istio-before",
        package="tool",
        variables=(
            ("istio.io/istio/pkg/version.buildVersion", ISTIO_BEFORE_VERSION),
            ("istio.io/istio/pkg/version.buildTag", ISTIO_BEFORE_VERSION),
        ),
    ),
)
"""What only tests of other languages and of upgrades need. They build it: neither `make up` nor `make test` waits for
it before."""


def recipe(tool: GoTool) -> Recipe:
    """The recipe of one Go tool: a folder with its programs."""
    return Recipe(
        name=tool.name,
        build=functools.partial(_build, tool),
        files=(*_sources(TOOLS / tool.name), *tool.makers),
        facts=lambda: (go_toolchain(), repr(tool), repr(BUILD_FLAGS), repr(BUILD_ENVIRONMENT)),
    )


def download_sources(tool: GoTool) -> None:
    """Fetch the modules of `tool`, so that its build does not wait for the network."""
    # -e: it does not matter here that files to embed are not made yet.
    go(["list", "-e", "-deps", tool.package], f"download what {tool.name} is built from", tool.name)


@functools.cache
def go_toolchain() -> str:
    """The Go version, system and processor of the builds, for example "go1.26.8 linux amd64"."""
    oldest = ".".join(str(number) for number in OLDEST_GO)
    remedy = f"install Go {oldest} or later (https://go.dev/doc/install) and put its bin folder first on PATH"
    if not shutil.which("go"):
        raise BuildError(f"`go`, which builds the sandbox's Kubernetes, Istio and Pulumi, is not on PATH: {remedy}")
    version, *platform = go(["env", "GOVERSION", "GOOS", "GOARCH"], "ask Go for its version", "echo").split()
    if is_too_old(version):
        raise BuildError(f"`go` on PATH is {version}, too old for the sandbox's Kubernetes, Istio and Pulumi: {remedy}")
    return " ".join([version, *platform])


def is_too_old(version: str) -> bool:
    """Whether Go `version`, as in "go1.26.8", refuses the tools' go.mod files. A Go built from sources may work."""
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    return numbers is not None and tuple(int(number or 0) for number in numbers.groups()) < OLDEST_GO


@functools.cache
def istio_module() -> Path:
    """The folder with the sources of the pinned istio.io/istio, downloaded if need be; it is read-only."""
    return module_folder("istio.io/istio", "istio")


def _build(tool: GoTool, folder: Path, _: Mapping[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as made:
        overlay = _overlay(tool, Path(made))
        output = f"{folder}/{tool.program}"
        command = ["build", *BUILD_FLAGS, *overlay, "-ldflags", tool.ldflags, "-o", output, tool.package]
        go(command, f"build {tool.name}", tool.name)
    for link in tool.links:
        (folder / link).symlink_to(tool.name)


def _overlay(tool: GoTool, made: Path) -> list[str]:
    """Flags that put the embedded files of `tool` beside its main.go, without writing them there."""
    if tool.embedded is None:
        return []
    replaced: dict[str, str] = {}
    for name, content in tool.embedded().items():
        (made / name).write_bytes(content)
        replaced[str(TOOLS / tool.name / name)] = str(made / name)
    (made / "overlay").write_text(json.dumps({"Replace": replaced}))
    return ["-overlay", str(made / "overlay")]


def _sources(folder: Path) -> list[Path]:
    return [*folder.glob("go.*"), *sorted(folder.glob("*.go"))]
