"""The Go modules of sandbox/tools share what they can, or a first build takes twice its time."""

import re
from collections import defaultdict

from sandbox.builds.go_tools import GO_TOOLS, KUBERNETES_VERSION, PULUMI_VERSION, TOOLS

REQUIREMENT = re.compile(
    r"^(?:require )?\t?(?P<module>[^\s()]+\.[^\s()]+/\S+) (?P<version>v\S+)(?: // indirect)?$", re.M
)
REPLACED_BY_STAGING = "v0.0.0"


def test_a_module_that_several_tools_use_is_at_one_version_in_all_of_them() -> None:
    tools_by_version: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for tool in GO_TOOLS:
        for requirement in REQUIREMENT.finditer((TOOLS / tool.name / "go.mod").read_text()):
            if requirement["version"] != REPLACED_BY_STAGING:
                tools_by_version[requirement["module"]][requirement["version"]].append(tool.name)
    apart = {module: dict(versions) for module, versions in tools_by_version.items() if len(versions) > 1}
    assert len(tools_by_version) > 100, "the go.mod files were not read"
    assert apart == {}


def test_every_tool_pins_what_it_is_built_from() -> None:
    with_modules = {file.parent.name for file in TOOLS.glob("*/go.sum")}
    without_any = {tool.name for tool in GO_TOOLS} - with_modules
    assert without_any == {"echo"}, "only echo is built from the standard library alone"


def test_programs_call_themselves_what_they_are_built_from() -> None:
    assert f"github.com/pulumi/pulumi/pkg/v3 v{PULUMI_VERSION} " in (TOOLS / "pulumi" / "go.mod").read_text()
    assert f"k8s.io/kubernetes v{KUBERNETES_VERSION}\n" in (TOOLS / "kubernetes" / "go.mod").read_text()
