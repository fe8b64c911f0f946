"""rpm and what it needs, out of Debian's archive, and packages that it builds: Istio's sidecar, and a base system.

The sidecar's has the files, dependencies, settings and script of Istio's own package: tools/packaging/packaging.mk of
istio.io/istio, target `rpm/fpm`. fpm packs what it is given as it is, by rpmbuild, with the settings below. The script
names bash here, since Red Hat's /bin/sh is bash and Debian's is not.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.builds import artifact
from sandbox.builds.sidecar_package import CONFIGURATION_FILES

AS_IT_IS = """\
%define __os_install_post %{nil}
%define _build_id_links none
%define debug_package %{nil}
%define _binary_payload w1.gzdio
AutoReqProv: no
"""
SIDECAR = """\
Name: istio-sidecar
Version: {version}
Release: 1
Summary: Istio Sidecar
License: Apache
URL: http://istio.io
Requires: iproute, iptables, sudo, hostname
%description
Istio Sidecar
%install
cp -a {tree}/. %{{buildroot}}/
%post -p /bin/bash
{script}
%files
%defattr(-,root,root)
{files}
"""
SYSTEM = """\
Name: basesystem
Version: 1
Release: 1
Summary: What stands for a system that rpm has installed
License: none
BuildArch: noarch
Provides: bash, /bin/bash, /bin/sh, iproute, iptables, sudo, hostname
%description
%files
"""


@dataclass(frozen=True)
class RpmPackages:
    """Debian's packages with rpm, the base system's, and the sidecar's in two versions with the same content."""

    debian: tuple[Path, ...]
    system: Path
    sidecar: Path
    next_sidecar: Path


def build(folder: Path, sidecar: Path, version: str) -> RpmPackages:
    """Download and build all of it in a folder; `sidecar` is the sandbox's istio-sidecar.deb of that version."""
    archive, tools, tree, control = (folder / name for name in ("debian", "tools", "tree", "control"))
    (archive / "partial").mkdir(parents=True)
    # rpm, and of what it depends on that which the machines lack.
    status = artifact("machine-root") / "root/var/lib/dpkg/status"
    places = ("-o", f"Dir::State::status={status}", "-o", f"Dir::Cache::archives={archive}/")
    _run("apt-get", *places, "install", "--download-only", "--yes", "--no-install-recommends", "rpm")
    debian = tuple(sorted(archive.glob("*.deb")))
    for package in debian:
        _run("dpkg-deb", "-x", str(package), str(tools))
    _run("dpkg-deb", "-x", str(sidecar), str(tree))
    _run("dpkg-deb", "-e", str(sidecar), str(control))
    files = (path for path in sorted(tree.rglob("*")) if path.is_file())
    listed = [f"/{path.relative_to(tree)}" for path in files]
    of_sidecar = {
        "tree": tree,
        "script": (control / "postinst").read_text(),
        "files": "\n".join(f"%config(noreplace) {name}" if name in CONFIGURATION_FILES else name for name in listed),
    }
    return RpmPackages(
        debian,
        _package(folder, tools, "system", SYSTEM),
        _package(folder, tools, "sidecar", SIDECAR.format(version=version, **of_sidecar)),
        _package(folder, tools, "next-sidecar", SIDECAR.format(version=f"{version}+1", **of_sidecar)),
    )


def _package(folder: Path, tools: Path, name: str, spec: str) -> Path:
    """One package, built by the rpm that was unpacked into `tools`."""
    top = folder / name
    top.mkdir()
    (top / "spec").write_text(AS_IT_IS + spec)
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(tools / "usr/lib/x86_64-linux-gnu"),
        "RPM_CONFIGDIR": str(tools / "usr/lib/rpm"),
    }
    settings = ["--define", f"_topdir {top}", "--define", f"_dbpath {top}/db"]
    _run(str(tools / "usr/bin/rpmbuild"), "-bb", *settings, str(top / "spec"), folder=top, environment=environment)
    (built,) = (top / "RPMS").glob("*/*.rpm")
    return built.rename(folder / f"{name}.rpm")


def _run(*command: str, folder: Path | None = None, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
