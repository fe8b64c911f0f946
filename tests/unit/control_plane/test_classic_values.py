"""Values of the charts istio-init and istio, by version and by the machines' networks."""

import pytest
import yaml

from meshx.config.mesh import MeshConfiguration
from meshx.control_plane.classic_values import (
    ContradictingValuesError,
    istio_init_values,
    istio_values,
    needs_authority,
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
    with pytest.raises(ContradictingValuesError, match="leave the value out; the Secret cacerts is made"):
        istio_values(own, True)
