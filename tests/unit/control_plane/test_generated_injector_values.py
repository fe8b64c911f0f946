"""What a running istiod says of itself, generated: its mesh configuration, its networks, its injector's values."""

import json
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshx.config.moved_settings import moved_in_cluster
from meshx.config.sections.mesh import MeshConfiguration
from meshx.control_plane.adopted_control_plane import ForeignControlPlaneError
from meshx.control_plane.adopted_facts import adopted_facts, networks_with_gateways

KEYS = st.sampled_from(
    [
        *(
            "global",
            "network",
            "meshID",
            "multiCluster",
            "clusterName",
            "hub",
            "defaultConfig",
            "meshId",
            "trustDomain",
        ),
        *("proxyMetadata", "networks", "gateways", "revision", "tag"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("gcr.io/istio-release")
JSON = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=2) | st.dictionaries(KEYS, below, max_size=4), max_leaves=8
)
STATED = st.dictionaries(st.sampled_from(["network", "meshId", "clusterName", "trustDomain"]), st.text(max_size=5))
MESH = MeshConfiguration.model_validate({"istioVersion": "1.31", "install": {"controlPlane": False}})


@given(mesh=JSON, values=JSON, stated=STATED, revision=st.sampled_from(["", "default", "canary"]))
def test_any_settings_of_a_running_istiod_are_facts_or_disagree_in_words(
    mesh: Any, values: Any, stated: dict[str, str], revision: str
) -> None:
    settings = {"mesh": yaml.safe_dump(mesh)}, {"values": json.dumps(values)}
    try:
        facts = adopted_facts(*settings, revision, "istio-system", stated)
    except ForeignControlPlaneError as error:
        told = (*(f"meshx:mesh.{key}" for key in stated), "proxyMetadata has", "trustDomain is")
        assert any(words in str(error) for words in told)
        return
    assert all(isinstance(one, str) for one in (facts.network, facts.mesh_id, facts.cluster_name, facts.trust_domain))
    assert facts.cluster_name
    assert facts.trust_domain


@given(JSON)
def test_any_networks_of_a_mesh_are_those_with_gateways(networks: Any) -> None:
    assert all(isinstance(name, str) for name in networks_with_gateways(yaml.safe_dump(networks)))


@given(values=JSON, mesh=st.text(max_size=30))
def test_old_places_are_found_in_any_settings(values: Any, mesh: str) -> None:
    settings = {"istio": {"mesh": mesh}, "istio-sidecar-injector": {"values": json.dumps(values), "config": mesh}}
    moved = moved_in_cluster(MESH, settings)
    assert bool(moved) == ("gcr.io/istio-release" in json.dumps(settings))
