"""Names of proxy metadata that would decide what runs as root on a machine are refused."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from meshx.control_plane.adopted_control_plane import ForeignControlPlaneError
from meshx.control_plane.adopted_facts import adopted_facts
from meshx.istio.metadata_names import refused_names
from meshx.join.cluster_env import render_cluster_env
from tests.unit.join.join_examples import CONTROL_PLANE, MACHINE, WORKLOAD

ATTACKS = [
    *("A=1; touch /x; B", "A\nB", "A B", "$(id)", "`id`", "A+", "A[0]", "", "1A", "a-b", "A'B", "é"),
    *("PATH", "IFS", "ENV", "BASH_ENV", "BASH_FUNC_id%%", "SHELLOPTS", "PS4", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH"),
    *("LD_AUDIT", "GCONV_PATH", "GLIBC_TUNABLES", "XTABLES_LIBDIR", "GODEBUG", "TMPDIR"),
    *("EXEC_USER", "ISTIO_BIN_BASE", "ISTIO_CUSTOM_IP_TABLES", "ISTIO_AGENT_FLAGS", "ISTIO_CLUSTER_CONFIG", "USER"),
    *("ISTIO_INBOUND_INTERCEPTION_MODE", "ISTIO_META_X;id", "ISTIO_META_A-B"),
]
TAKEN = [
    *("ISTIO_META_DNS_CAPTURE", "ISTIO_META_DNS_AUTO_ALLOCATE", "ISTIO_METAJSON_LABELS", "ISTIO_META_idle_timeout"),
    *(
        "ISTIO_DUAL_STACK",
        "PROXY_XDS_VIA_AGENT",
        "BOOTSTRAP_XDS_AGENT",
        "SECRET_TTL",
        "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
    ),
    *("MINIMUM_DRAIN_DURATION", "CREDENTIAL_FETCHER_TYPE", "PILOT_CERT_PROVIDER", "WORKLOAD_RSA_KEY_SIZE"),
]


@pytest.mark.parametrize("name", ATTACKS)
def test_a_name_that_is_more_than_metadata_is_refused_and_reaches_no_file(name: str) -> None:
    assert refused_names([name, "ISTIO_META_A"]) == [name]
    facts = replace(CONTROL_PLANE, proxy_defaults={"proxyMetadata": {name: "1"}})
    with pytest.raises(ValueError, match="no machine takes"):
        render_cluster_env(facts, WORKLOAD, MACHINE)


@pytest.mark.parametrize(
    ("mesh", "words"),
    [
        ({"defaultConfig": {"proxyMetadata": {"A=1; touch /x; B": "1"}}}, "proxyMetadata has 'A=1; touch /x; B': on a"),
        ({"trustDomain": "x --flag"}, "trustDomain is 'x --flag', which is no DNS name"),
    ],
)
def test_a_running_control_plane_that_says_such_a_thing_is_refused(mesh: dict[str, object], words: str) -> None:
    with pytest.raises(ForeignControlPlaneError, match=re.escape(words)):
        adopted_facts({"mesh": yaml.safe_dump(mesh)}, {}, "", "istio-system", {})


@pytest.mark.parametrize("name", TAKEN)
def test_a_setting_of_the_proxy_is_taken(name: str) -> None:
    assert refused_names([name]) == []


@pytest.mark.parametrize("value", ["$(touch x)", "`touch x`", "a'; touch x; '", "a\ntouch x", '"; touch x', "\\'"])
def test_a_value_stays_a_value_whatever_is_in_it(value: str, tmp_path: Path) -> None:
    facts = replace(CONTROL_PLANE, proxy_defaults={"proxyMetadata": {"ISTIO_META_A": value}})
    (tmp_path / "cluster.env").write_text(render_cluster_env(facts, WORKLOAD, MACHINE))
    words = ["bash", "-c", 'set -ea; . ./cluster.env; printf %s "$ISTIO_META_A"']
    assert subprocess.run(words, check=True, cwd=tmp_path, capture_output=True, text=True).stdout == value
    assert [file.name for file in tmp_path.iterdir()] == ["cluster.env"]
