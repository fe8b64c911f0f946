"""Builds the package for a version of Istio, once for all tests of a run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sandbox.builds import artifact

FILES = Path(__file__).with_name("files")
PLACES = {
    "istio-record.sh": "usr/local/bin/istio-record.sh",
    "istio-start.sh": "usr/local/bin/istio-start.sh",
    "istio-iptables.sh": "usr/local/bin/istio-iptables.sh",
    "istio-node-agent-start.sh": "usr/local/bin/istio-node-agent-start.sh",
    "node_agent.sh": "usr/local/bin/node_agent",
    "pilot-agent.sh": "usr/local/bin/pilot-agent",
    "istio.service": "lib/systemd/system/istio.service",
    "istio-auth-node-agent.service": "lib/systemd/system/istio-auth-node-agent.service",
    "sidecar.env": "var/lib/istio/envoy/sidecar.env",
    "envoy_bootstrap_tmpl.json": "var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
    "postinst.sh": "DEBIAN/postinst",
    "postrm.sh": "DEBIAN/postrm",
}
CONFIGURATION = ("envoy_bootstrap_tmpl.json", "sidecar.env")
"""What dpkg asks about where somebody edited it."""
CLEANER = "istio-clean-iptables.sh"
"""What 1.4 has besides."""
NEVER_STARTS = ("1.4.0", "1.4.1", "1.4.2", "1.4.3")
"""Their start script calls its helpers by names that the package lacks (istio issue 19615)."""

CONTROL = """\
Package: istio-sidecar
Version: {version}
Architecture: {architecture}
Maintainer: istio@istio.io
Depends: iproute2, iptables
Section: net
Priority: optional
Description: what tests take in place of Istio's sidecar
"""


def build(version: str, folder: Path) -> Path:
    """The package of a version ("1.3.8") in `folder`; what is there already is taken."""
    built = folder / f"istio-sidecar-{version}.deb"
    if built.exists():
        return built
    line = version.rpartition(".")[0]
    tree = folder / f"tree-{version}"
    binaries = tree / "usr/local/bin"
    helpers = {"@iptables@": "istio-iptables.sh", "@clean@": CLEANER}
    if version in NEVER_STARTS:
        helpers = {name: helper.removesuffix(".sh") for name, helper in helpers.items()}
    places = dict(PLACES)
    if line == "1.4":
        places[CLEANER] = f"usr/local/bin/{CLEANER}"
    for name, place in places.items():
        target = tree / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (FILES / name).read_text()
        for mark, value in {**helpers, "@line@": line}.items():
            text = text.replace(mark, value)
        target.write_text(text)
        target.chmod(0o755 if name.endswith(".sh") else 0o644)
    shutil.copy(artifact("envoy") / "envoy", binaries / "envoy")
    (tree / "DEBIAN/conffiles").write_text("".join(f"/{PLACES[name]}\n" for name in CONFIGURATION))
    ask = ["dpkg", "--print-architecture"]
    architecture = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    (tree / "DEBIAN/control").write_text(CONTROL.format(version=version, architecture=architecture))
    pack = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", str(tree), str(built)]
    subprocess.run(pack, check=True, capture_output=True)
    shutil.rmtree(tree)
    return built
