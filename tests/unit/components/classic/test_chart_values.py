"""Values of the charts istio-init and istio, by version and by the machines' networks."""

import pytest
import yaml

from meshx.components.classic.chart_values import (
    ContradictingValuesError,
    istio_init_values,
    istio_values,
    needs_authority,
)
from meshx.config.sections.mesh import MeshConfiguration
from meshx.reachability.classic_mutual_tls import (
    speaks_mutual_tls,
)

VERSIONS = ("1.1.17", "1.2.10", "1.3.8", "1.4.10")

# values-istio-meshexpansion-gateways.yaml of 1.3.8 and 1.4.10, and what 1.1 and 1.2 need for the same.
GATEWAYS = """
global:
  podDNSSearchNamespaces:
  - global
  multiCluster:
    enabled: true
  controlPlaneSecurityEnabled: true
  meshExpansion:
    enabled: true
security:
  selfSigned: false
istiocoredns:
  enabled: true
gateways:
  istio-egressgateway:
    enabled: true
    env:
      ISTIO_META_REQUESTED_NETWORK_VIEW: "external"
"""


def mesh(version: str, **keys) -> MeshConfiguration:
    return MeshConfiguration.model_validate({"istioVersion": version, **keys})


@pytest.mark.parametrize("version", VERSIONS)
def test_on_a_single_network_mesh_expansion_is_all_that_is_set(version):
    assert istio_values(mesh(version), False) == {"global": {"meshExpansion": {"enabled": True}}}
    assert istio_init_values(mesh(version)) == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_for_other_networks_the_gateways_values_are_set(version):
    assert istio_values(mesh(version), True) == yaml.safe_load(GATEWAYS)


def test_the_users_values_stay_beneath_what_is_stated():
    own = {"global": {"hub": "h", "podDNSSearchNamespaces": ["x"]}, "pilot": {"traceSampling": 1}}
    values = istio_values(mesh("1.4.10", values={"istio": own}), True)
    assert (values["global"]["hub"], values["pilot"]) == ("h", {"traceSampling": 1})
    assert values["global"]["podDNSSearchNamespaces"] == ["global"]


def test_a_trust_domain_is_set_where_it_is_not_the_charts_own():
    assert istio_values(mesh("1.3.8", trustDomain="corp.example"), False)["global"]["trustDomain"] == "corp.example"
    assert "trustDomain" not in istio_values(mesh("1.3.8", trustDomain="cluster.local"), False)["global"]


@pytest.mark.parametrize("across", [True, False])
def test_citadel_needs_an_authority_where_it_does_not_sign_itself(across):
    assert needs_authority(istio_values(mesh("1.4.10"), across)) is across
    own = mesh("1.4.10", values={"istio": {"security": {"selfSigned": False}}})
    assert needs_authority(istio_values(own, across))


def test_a_root_of_citadels_own_is_refused_where_machines_are_on_other_networks():
    own = mesh("1.4.10", values={"istio": {"security": {"selfSigned": True}}})
    assert not needs_authority(istio_values(own, False))
    with pytest.raises(ContradictingValuesError, match="leave the value out"):
        istio_values(own, True)


CORP = {"trustDomain": "corp.example"}


def signing(own: object = None) -> dict:
    return {} if own is None else {"values": {"istio": {"security": {"selfSigned": own}}}}


@pytest.mark.parametrize("version", VERSIONS)
def test_with_a_trust_domain_of_its_own_citadel_makes_its_own_root_since_it_heeds_it_then_alone(version):
    for own in (None, True):
        values = istio_values(mesh(version, **CORP, **signing(own)), True)
        assert values["security"] == {"selfSigned": True}
        assert values["global"]["trustDomain"] == "corp.example"
    assert not needs_authority(istio_values(mesh(version, **CORP), False))


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize(("own", "by_secret"), [(False, False), (None, True)])
def test_a_trust_domain_that_citadel_would_not_heed_is_refused(across, own, by_secret):
    with pytest.raises(
        ContradictingValuesError, match=r"issues spiffe://cluster\.local/\.\.\. whatever its settings say"
    ):
        istio_values(mesh("1.4.10", **CORP, **signing(own)), across, by_secret)


def test_a_citadel_that_signs_by_the_secret_goes_on_doing_so_when_the_last_machine_elsewhere_is_gone():
    assert istio_values(mesh("1.4.10"), False, by_secret=True)["security"] == {"selfSigned": False}
    assert istio_values(mesh("1.4.10", **signing(True)), False, by_secret=True)["security"] == {"selfSigned": True}
    assert istio_values(mesh("1.4.10", **CORP, **signing(True)), True, by_secret=True)["security"] == {
        "selfSigned": True
    }


@pytest.mark.parametrize(
    ("version", "mtls", "speaks"),
    [
        ("1.4.10", {}, False),
        ("1.1.17", {"enabled": True}, True),
        ("1.4.10", {"auto": True}, True),
        ("1.3.8", {"auto": True}, False),
        ("1.4.10", {"enabled": False, "auto": False}, False),
    ],
)
def test_callers_speak_mutual_tls_by_default_or_from_1_4_on_where_it_is_answered(version, mtls, speaks):
    assert speaks_mutual_tls(mesh(version, values={"istio": {"global": {"mtls": mtls}}})) is speaks
