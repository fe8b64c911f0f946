"""The Go modules of sandbox/tools share what they can, or a first build takes twice its time."""

import re
from collections import defaultdict

from sandbox.builds import kubernetes_plugin
from sandbox.builds.go_command import TOOLS
from sandbox.builds.go_tools import (
    GO_TOOLS,
    KUBERNETES_VERSION,
    OLDEST_GO,
    PULUMI_VERSION,
    TESTS_TOOLS,
    YAML_VERSION,
    is_too_old,
)

ALL_TOOLS = (*GO_TOOLS, *TESTS_TOOLS)

REQUIREMENT = re.compile(
    r"^(?:require )?\t?(?P<module>[^\s()]+\.[^\s()]+/\S+) (?P<version>v\S+)(?: // indirect)?$", re.M
)
REPLACEMENT = re.compile(r"^\t(?P<module>k8s\.io/\S+) => (?P=module) (?P<version>v\S+)$", re.M)
GO_LINE = re.compile(r"^go (?P<version>\S+)$", re.M)

PLUGINS_OWN = (
    "github.com/google/gnostic-models",
    "github.com/pulumi/",
    "helm.sh/helm/",
    "k8s.io/",
    "sigs.k8s.io/",
)
"""What the plugin for Kubernetes has at its release's versions; its go.mod says why."""


YAMLS_OWN = ("github.com/go-git/", "github.com/golang/groupcache", "github.com/pulumi/", "github.com/skeema/knownhosts")
"""The host for YAML does not compile with the packages of Pulumi 3.276; it asks for newer ones than the plugin's."""


ALL: tuple[str, ...] = ("",)
"""The istiod of the minor version before is built from that version's modules."""


def may_be_apart(tool: str, module: str) -> bool:
    own = {kubernetes_plugin.TOOL: PLUGINS_OWN, "pulumi-yaml": YAMLS_OWN, "istio-before": ALL}
    return module.startswith(own.get(tool, ()))


def versions_in(tool: str) -> dict[str, str]:
    """The modules that a tool is built from and their versions; Kubernetes' own are by its `replace` lines."""
    go_mod = (TOOLS / tool / "go.mod").read_text()
    required = {found["module"]: found["version"] for found in REQUIREMENT.finditer(go_mod)}
    return required | {found["module"]: found["version"] for found in REPLACEMENT.finditer(go_mod)}


def test_a_module_that_several_tools_use_is_at_one_version_in_all_of_them() -> None:
    tools_by_version: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for tool in ALL_TOOLS:
        for module, version in versions_in(tool.name).items():
            if not may_be_apart(tool.name, module):
                tools_by_version[module][version].append(tool.name)
    apart = {module: dict(versions) for module, versions in tools_by_version.items() if len(versions) > 1}
    assert len(tools_by_version) > 100, "the go.mod files were not read"
    assert len(tools_by_version["k8s.io/client-go"]["v0" + KUBERNETES_VERSION[1:]]) > 1, "nor the replace lines"
    assert apart == {}


def test_every_tool_pins_what_it_is_built_from() -> None:
    with_modules = {file.parent.name for file in TOOLS.glob("*/go.sum")}
    without_any = {tool.name for tool in ALL_TOOLS} - with_modules
    assert without_any == {"echo"}, "only echo is built from the standard library alone"


def test_programs_call_themselves_what_they_are_built_from() -> None:
    assert f"github.com/pulumi/pulumi/pkg/v3 v{PULUMI_VERSION} " in (TOOLS / "pulumi" / "go.mod").read_text()
    assert f"pulumi-yaml v{YAML_VERSION} " in (TOOLS / "pulumi-yaml" / "go.mod").read_text()
    assert f"k8s.io/kubernetes v{KUBERNETES_VERSION}\n" in (TOOLS / "kubernetes" / "go.mod").read_text()


def test_a_go_that_some_module_refuses_is_too_old() -> None:
    lines = [GO_LINE.search((TOOLS / tool.name / "go.mod").read_text()) for tool in ALL_TOOLS]
    asked = max(tuple(int(number) for number in line["version"].split(".")) for line in lines if line)
    assert asked == OLDEST_GO
    assert is_too_old("go1.26.5") and is_too_old("go1.9") and is_too_old("go1.26rc1")
    assert not any(is_too_old(version) for version in ("go1.26.6", "go1.27.0", "go1.27", "devel +1f4e9f2"))
