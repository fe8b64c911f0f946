"""istio-sidecar.deb, with the files, dependencies and scripts of Istio's own package.

Layout: tools/packaging/packaging.mk of istio.io/istio, target `deb/fpm`, whose files this takes out of the module.
"""

import functools
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.builds.commands import run
from sandbox.builds.go_command import TOOLS, module_folder
from sandbox.builds.go_tools import ISTIO_BEFORE_VERSION, ISTIO_VERSION
from sandbox.builds.recipe import Recipe

PACKAGE_VERSION = ISTIO_VERSION.replace("-", "~")
"""In Debian's order a version with "~" comes before the release of the same number."""

PACKAGES = {"istio-sidecar.deb": PACKAGE_VERSION, "istio-sidecar-next.deb": f"{PACKAGE_VERSION}+1"}
"""File to version. The second has the same content: something to upgrade to."""

CONFIGURATION_FILES = ("/var/lib/istio/envoy/envoy_bootstrap_tmpl.json", "/var/lib/istio/envoy/sidecar.env")

CONTROL = """\
Package: istio-sidecar
Version: {version}
Architecture: {architecture}
Maintainer: istio@istio.io
Depends: iproute2, iptables, sudo, hostname
Section: net
Priority: optional
Homepage: http://istio.io
Description: Istio Sidecar
"""


def _build(tool: str, packages: Mapping[str, str], folder: Path, needed: Mapping[str, Path]) -> None:
    packaging = module_folder("istio.io/istio", tool) / "tools" / "packaging"
    tree = folder / "tree"
    for target, source, mode in (
        ("usr/local/bin/pilot-agent", needed[tool] / "pilot-agent", 0o755),
        ("usr/local/bin/envoy", needed["envoy"] / "envoy", 0o755),
        ("usr/local/bin/istio-start.sh", packaging / "common/istio-start.sh", 0o755),
        ("lib/systemd/system/istio.service", packaging / "common/istio.service", 0o644),
        ("var/lib/istio/envoy/sidecar.env", packaging / "common/sidecar.env", 0o644),
        ("var/lib/istio/envoy/envoy_bootstrap_tmpl.json", packaging / "common/envoy_bootstrap.json", 0o644),
        ("DEBIAN/postinst", packaging / "postinst.sh", 0o755),
    ):
        file = tree / target
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, file)
        file.chmod(mode)
    (tree / "DEBIAN/conffiles").write_text("".join(f"{name}\n" for name in CONFIGURATION_FILES))
    architecture = run(["dpkg", "--print-architecture"], "ask dpkg for its architecture").strip()
    for file_name, version in packages.items():
        (tree / "DEBIAN/control").write_text(CONTROL.format(version=version, architecture=architecture))
        # zstd at its fastest: a second to pack and to unpack, a third of the size to send to a machine.
        pack = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build"]
        run([*pack, tree, folder / file_name], f"pack {file_name}")
    shutil.rmtree(tree)


def _recipe(name: str, tool: str, packages: Mapping[str, str]) -> Recipe:
    return Recipe(
        name=name,
        build=functools.partial(_build, tool, packages),
        files=(Path(__file__), TOOLS / tool / "go.sum"),
        needs=(tool, "envoy"),
    )


RECIPE = _recipe("sidecar-package", "istio", PACKAGES)
BEFORE = _recipe("sidecar-package-before", "istio-before", {"istio-sidecar.deb": ISTIO_BEFORE_VERSION})
"""What only tests of upgrades need: the package of the minor version before."""
