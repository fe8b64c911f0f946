"""The startup script of an instance: what is in it, and that it unpacks to just that."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from meshx.join.bundle import ROOT_CERTIFICATE, Package, bundle_inputs, join_bundle
from meshx.join.classic_bundle import classic_join_bundle
from meshx.join.facts import ClassicFacts, MachineFacts
from meshx.join.scripts_library import SCRIPTS
from meshx.join.startup_script import LONGEST, ClusterAccess, startup_script
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, WORKLOAD

PACKAGE = Package("https://x.example/istio-sidecar.deb", "ab" * 32)
ASKING = ("cluster_access.sh", "startup.sh", "identity.sh", "follow.sh", "stop_serving.sh")
KEEPERS = ("KEEPER", "KEEPER_UNITS", "KEEPER_TIMERS")
"""What the script of the identity says to startup.sh."""
ACCESS = ClusterAccess("https://10.0.0.2:443", "", "CERTIFICATE\n", "vm", "vmhttp", "istio-ca", 3600)


def script(own: str = "") -> str:
    bundle = bundle_inputs(join_bundle(CONTROL_PLANE, WORKLOAD, MACHINE, PACKAGE), "", "10.0.0.9")
    files = cast("dict[str, Any]", bundle["files"])
    del files[ROOT_CERTIFICATE]
    return startup_script(bundle, ACCESS, own)


def classic_script() -> str:
    facts = ClassicFacts("", "", "network1", "cluster.local", services_cidr="172.21.0.0/16", mutual_tls=False)
    machine = MachineFacts("vm-1", "10.77.0.11", "network1")
    bundle = bundle_inputs(classic_join_bundle(facts, WORKLOAD, machine, PACKAGE), None, "10.0.0.9")
    return startup_script(bundle, replace(ACCESS, audience="", token_seconds=0), "")


def unpacked(text: str, folder: Path) -> None:
    """What the script lays down, without what it then runs and without the machine that it wants."""
    _, _, parts = text.partition('  cat >"$work/$1"\n}\n')
    files, _, _ = parts.partition("# shellcheck shell=bash\n# shellcheck disable=SC2154 # unpack.sh sets")
    put = f'work={folder}\nput() {{ mkdir -p "$(dirname "$work/$1")"; cat >"$work/$1"; }}\n'
    subprocess.run(["bash", "-eu"], input=put + files, text=True, check=True)


def test_every_file_arrives_as_it_is(tmp_path: Path) -> None:
    own = "echo 'it''s mine' \"$HOME\" `date`\ncat <<'END'\nEND\n"
    unpacked(script(own), tmp_path)
    assert (tmp_path / "own-startup").read_text() == own
    assert (tmp_path / "join.sh").read_text() == (SCRIPTS / "join.sh").read_text()
    assert (tmp_path / "startup.sh").read_text() == (SCRIPTS / "gce" / "startup.sh").read_text()
    assert (tmp_path / "api-server-ca.pem").read_text() == "CERTIFICATE\n"
    assert "ISTIO_META_WORKLOAD_ENTRY='vmhttp-vm-1'" in (tmp_path / "files" / "1").read_text()


@pytest.mark.parametrize(
    ("text", "identity", "beside"),
    [
        (
            script(),
            "token_identity.sh",
            {"token_request.sh", "renew_token.sh", "meshx-token.timer", "meshx-token.service"},
        ),
        (classic_script(), "secret_identity.sh", {"envoy_readiness.sh", "ipv6_rules.sh", "identity.tsv", "companions"}),
    ],
    ids=["istiod", "citadel"],
)
def test_what_fetches_the_identity_comes_with_what_it_needs_and_no_more(
    tmp_path: Path, text: str, identity: str, beside: set[str]
) -> None:
    unpacked(text, tmp_path)
    assert (tmp_path / "identity.sh").read_text() == (SCRIPTS / "gce" / identity).read_text()
    of_either = {
        *("token_request.sh", "renew_token.sh", "meshx-token.timer", "meshx-token.service"),
        *("envoy_readiness.sh", "ipv6_rules.sh", "identity.tsv", "companions"),
    }
    assert {one.name for one in tmp_path.iterdir()} & of_either == beside


def test_every_setting_that_the_scripts_ask_for_is_there(tmp_path: Path) -> None:
    for text in (script(), classic_script()):
        folder = tmp_path / str(len(text))
        folder.mkdir()
        unpacked(text, folder)
        said = {line.partition("=")[0] for line in (folder / "cluster_access.env").read_text().splitlines()}
        asked: set[str] = set()
        for name in (*ASKING, "token_request.sh"):
            source = (folder / name).read_text() if (folder / name).exists() else ""
            own = set(re.findall(r"readonly ([A-Z_]+)=|\b([A-Z_]+)=\(", source))
            named = set(re.findall(r"\$\{?([A-Z][A-Z_]{3,})\b", source))
            asked |= named - {one for pair in own for one in pair}
        # The other way to the API server stands there only where there is one.
        asked.discard("API_SERVER_CONNECT_TO")
        assert asked - said <= {
            "BASH_REMATCH",
            "BASH_SOURCE",
            "SECONDS",
            "FAMILY",
            "PACKAGE_PROXY",
            *KEEPERS,
            "LEAST_LEFT",
        }


def test_a_change_is_another_revision_and_nothing_else_is() -> None:
    def revision(text: str) -> str:
        return text.splitlines()[1]

    assert revision(script()) == revision(script())
    assert revision(script()).startswith("# Revision: ")
    assert revision(script()) != revision(script("true"))


def test_a_script_that_metadata_cannot_hold_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"let gce\.startup fetch what it needs"):
        script("x" * LONGEST)
