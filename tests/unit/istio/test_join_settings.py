"""Settings of istiod's by which a machine could not join."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshx.istio.join_settings import SETTINGS, IstiodSettings, Need, Source, unfit_settings, unseen_namespaces

ISTIOD = "istiod.istio-system.svc:15012"
ALL = set(Need) - {Need.TUNNEL}


def settings(values: Any = None, mesh: Any = None, environment: dict[str, str] | None = None) -> IstiodSettings:
    return IstiodSettings(values or {}, mesh or {}, {"ISTIO_DUAL_STACK": "true", **(environment or {})})


def said(found: IstiodSettings, needs: set[Need] | None = None) -> list[str]:
    return list(unfit_settings(found, ALL if needs is None else needs, ISTIOD, lambda source, path: path))


@pytest.mark.parametrize(
    "found",
    [
        settings(),
        settings({"global": {"caAddress": "", "caName": "", "sds": {"token": {"aud": "istio-ca"}}}}),
        settings({"global": {"caAddress": ISTIOD, "proxy": {"clusterDomain": "cluster.local"}, "caName": "Citadel"}}),
        settings({"global": {"caAddress": "istiod.istio-system.svc.cluster.local:15012"}}),
        # What pods show; istiod takes the machines' as well.
        settings({"global": {"sds": {"token": {"aud": "others"}}}}, environment={"TOKEN_AUDIENCES": "others,istio-ca"}),
        settings({"global": {"jwtPolicy": "third-party-jwt", "pilotCertProvider": "k8s.io/example.com"}}),
        settings(mesh={"defaultConfig": {"discoveryAddress": ISTIOD, "controlPlaneAuthPolicy": "MUTUAL_TLS"}}),
        settings(environment={"ENABLE_CA_SERVER": "true", "EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API"}),
        settings({"global": ["odd"]}, {"defaultConfig": "odd"}),
    ],
)
def test_a_control_plane_that_machines_can_join_is_passed(found: IstiodSettings) -> None:
    assert said(found) == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            settings({"global": {"caAddress": "cert-manager-istio-csr.cert-manager.svc:443"}}),
            "global.caAddress is cert-manager-istio-csr.cert-manager.svc:443: certificates are signed at",
        ),
        (
            settings({"global": {"caName": "GkeWorkloadCertificate"}}),
            "from GkeWorkloadCertificate, which no machine has",
        ),
        (settings({"global": {"remotePilotAddress": "10.9.9.9"}}), "runs elsewhere, at 10.9.9.9"),
        (settings({"global": {"proxy": {"clusterDomain": "corp"}}}), "names of services end with corp"),
        (settings(environment={"ENABLE_CA_SERVER": "false"}), "istiod signs no certificates"),
        (settings(environment={"TOKEN_AUDIENCES": "others"}), "istiod takes tokens for others alone"),
        (
            settings(mesh={"defaultConfig": {"discoveryAddress": "istiod-canary.istio-system.svc:15012"}}),
            "a name that leads machines nowhere",
        ),
        (settings(mesh={"defaultConfig": {"controlPlaneAuthPolicy": "NONE"}}), "proxies ask istiod in plain"),
        (settings(mesh={"defaultConfig": {"proxyMetadata": {"CA_ADDR": "ca.corp:443"}}}), "signed at ca.corp:443"),
        (
            settings(mesh={"defaultConfig": {"proxyMetadata": {"CA_PROVIDER": "GoogleCA"}}}),
            "proxies ask GoogleCA for certificates",
        ),
    ],
)
def test_what_keeps_any_machine_out_is_told_with_the_remedy(found: IstiodSettings, words: str) -> None:
    (told,) = said(found, {Need.JOIN, Need.SIGNING})
    assert words in told
    assert ". Remedy: " in told
    assert said(found, set()) == []


@pytest.mark.parametrize(
    ("variable", "need"),
    [
        ("PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS", Need.HEALTH),
        ("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES", Need.SERVICE),
        ("PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION", Need.GROUP),
        ("ISTIO_DUAL_STACK", Need.BOTH_FAMILIES),
    ],
)
def test_what_only_some_machines_need_is_asked_of_them_alone(variable: str, need: Need) -> None:
    found = settings(environment={variable: "False"})
    assert said(found, ALL - {need}) == []
    assert len(said(found, {need})) == 1


def test_an_istiod_that_says_nothing_takes_one_family() -> None:
    (told,) = said(IstiodSettings({}, {}, {}), {Need.BOTH_FAMILIES})
    assert told.startswith("ISTIO_DUAL_STACK is not set: istiod gives proxies listeners of one family alone")
    assert said(IstiodSettings({}, {}, {}), ALL - {Need.BOTH_FAMILIES}) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert (
        len(said(settings({"global": {"caName": "x", "caAddress": "y"}}, environment={"ENABLE_CA_SERVER": "0"}))) == 3
    )


SELECTORS = [
    {"matchLabels": {"mesh": "on"}},
    {"matchExpressions": [{"key": "team", "operator": "In", "values": ["pay"]}, {"key": "x", "operator": "Exists"}]},
]


@pytest.mark.parametrize(
    ("labels", "seen"),
    [
        ({"mesh": "on"}, True),
        ({"mesh": "off"}, False),
        ({"team": "pay", "x": ""}, True),
        ({"team": "pay"}, False),
        ({}, False),
    ],
)
def test_a_namespace_is_seen_by_any_of_the_selectors(labels: dict[str, str], seen: bool) -> None:
    assert unseen_namespaces({"discoverySelectors": SELECTORS}, {"vm": labels}) == ([] if seen else ["vm"])
    assert unseen_namespaces({}, {"vm": labels}) == []


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda below: st.lists(below) | st.dictionaries(st.sampled_from(["global", "caAddress", "defaultConfig"]), below),
)


@given(values=TREES, mesh=TREES)
def test_values_of_any_shape_are_read(values: Any, mesh: Any) -> None:
    said(IstiodSettings(values, mesh, {}))


def test_each_setting_stands_once() -> None:
    places = [(one.source, one.path) for one in SETTINGS]
    assert len(places) == len(set(places))
    assert {one.source for one in SETTINGS} == set(Source)
