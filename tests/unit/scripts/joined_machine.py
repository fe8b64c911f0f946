"""A machine that has joined by one bundle and gets another, as far as join.sh judges whether its sidecar restarts."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshx.join.machine_files import machine_files
from meshx.join.scripts_library import SCRIPTS

SOURCED = (
    "machine.sh",
    "proxy_user.sh",
    "unit_settings.sh",
    "node_agent.sh",
    "way_back/way_back.sh",
    "way_back/going_back.sh",
)
# What only a machine has: a running unit, an installed package, a user for the proxy.
STUBS = """\
systemctl() { case "$*" in *ActiveEnterTimestamp*) echo "ActiveEnterTimestamp=$(date -d '-1 hour')" ;; esac; }
iptables() { echo 'iptables v1.8.9 (nf_tables)'; }
iptables-nft() { :; }
package_status() { echo 'ii  1.31.0'; }
as_proxy() { "$@"; }
"""
JOINED = """\
mkdir -p "$STATE" "$UNITS/istio.service.d"
record_package 1.31.0
started_mark >"$STATE/started"
unit_settings "$work/companions" >"$(settings_file istio)"
"""
RUNS = """\
systemctl() { case "$1" in is-active) echo active ;; esac; }
rules_stand() { true; }
"""
FORMERLY = """\
mkdir -p "$FORMER_SETTINGS"
touch "$FORMER_SETTINGS/cluster.env"
sed -i '/^Environment=ISTIO_/d' "$(settings_file istio)"
"""
"""As a meshx joined it whose unit read its settings in a folder of the proxy's."""


class JoinedMachine:
    """A machine in a folder, with join.sh's own functions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        join = (SCRIPTS / "join.sh").read_text()
        functions = join[join.index("\npackage_is_wanted()") : join.index("\ntake_kept_package\n")]
        self._write(
            {
                **{Path(name).name: (SCRIPTS / name).read_text() for name in SOURCED},
                "functions.sh": functions,
                "ipv6_rules.sh": (SCRIPTS / "ipv6_rules.sh").read_text(),
            }
        )

    def restarts(self, before: Mapping[str, Any], after: Mapping[str, Any], *, formerly: bool = False) -> bool:
        """Whether its sidecar, started with the first bundle, is started anew for the second (restart_ahead).

        formerly: whether an early meshx started it.
        """
        self._deliver(before)
        self._run(JOINED + (FORMERLY if formerly else ""))
        self._deliver(after)
        return self._run("restart_ahead && echo restarts || echo runs on").strip() == "restarts"

    def waits(self, bundle: Mapping[str, Any]) -> bool:
        """Whether a restart that waited still does, once the machine runs with what is wanted."""
        self._deliver(bundle)
        self._run(f'{JOINED}\ntouch "$STATE/restart-waits"\n{RUNS}start_unit\n')
        return (self._folder / "state/restart-waits").exists()

    def _deliver(self, bundle: Mapping[str, Any]) -> None:
        work = self._folder / "work"
        for path in (*work.glob("files/*"), work / "companions", work / "package", work / "packages"):
            path.unlink(missing_ok=True)
        files = machine_files(bundle)
        # A machine chooses its package among several.
        kinds = files.pop("packages", "").splitlines()
        self._write({**files, **({"package": " ".join(kinds[0].split()[1:3]) + "\n"} if kinds else {})})

    def _write(self, files: Mapping[str, str]) -> None:
        own = self._folder
        places = {
            "/var/lib/meshx": f"{own}/state",
            "/var/lib/istio/envoy": f"{own}/former",
            "/etc/systemd/system": f"{own}/units",
            "\t/etc/": f"\t{own}/etc/",
            "\t/var/": f"\t{own}/var/",
        }
        for name, text in files.items():
            path = self._folder / "work" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            here = text
            for place, folder in places.items():
                here = here.replace(place, folder)
            path.write_text(here)

    def _run(self, text: str) -> str:
        sourced = "".join(f". ./{Path(name).name}\n" for name in SOURCED)
        script = (
            f"set -euo pipefail; cd {self._folder}/work\n{sourced}{STUBS}. ./functions.sh\n"
            'unit=istio PACKAGE_FILE=/nowhere; read -r package wanted_sha256 <"$work/package"\n'
            f"{text}"
        )
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
