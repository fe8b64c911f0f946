"""By what Citadel signs with Istio 1.1 to 1.4, and for which trust domain."""

import pulumi
import pytest
import yaml

from tests.program.recorded_program import run
from tests.program.test_classic_mesh import AUTHORITY, EXPANSION, INSTALLED, JOIN, RELEASE, RUNNING, SIGNING, VERSIONS
from tests.program.test_mesh import names, of_type, the


@pytest.mark.parametrize("version", VERSIONS)
def test_across_networks_an_authority_comes_first_and_the_whole_table_is_wanted(elsewhere, folder, version):
    elsewhere["mesh"]["istioVersion"] = version
    registered = run(elsewhere, folder, INSTALLED)
    istio = the(registered, RELEASE, "istio")
    assert istio.inputs["values"]["security"] == {"selfSigned": False}
    assert f"{AUTHORITY} authority" in names(istio.dependencies)
    expansion = the(registered, EXPANSION).inputs
    assert len(expansion["objects"]) == 13
    assert expansion["unexpected"] == []
    assert "istiocoredns" in expansion["deployments"]
    environment = the(registered, JOIN).inputs["bundle"]["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_CP_AUTH=MUTUAL_TLS" in environment


def test_a_citadel_that_signs_by_the_secret_keeps_it_when_the_last_machine_elsewhere_is_gone(classic, folder):
    registered = run(classic, folder, {**INSTALLED, SIGNING: {"bySecret": True}})
    assert the(registered, RELEASE, "istio").inputs["values"]["security"] == {"selfSigned": False}
    assert of_type(registered, AUTHORITY)


def test_a_trust_domain_of_its_own_leaves_citadel_its_own_root_and_is_told_to_the_agent(elsewhere, folder):
    elsewhere["mesh"]["trustDomain"] = "corp.example"
    registered = run(elsewhere, folder, INSTALLED)
    assert the(registered, RELEASE, "istio").inputs["values"]["security"] == {"selfSigned": True}
    assert not of_type(registered, AUTHORITY)
    bundle = the(registered, JOIN).inputs["bundle"]
    content = bundle["files"]["/var/lib/meshx/sidecar/cluster.env"]["content"]
    assert "ISTIO_AGENT_FLAGS='--trust-domain corp.example'\n" in content
    assert bundle["identity"]["spiffeId"] == "spiffe://corp.example/ns/vm/sa/vmhttp"
    with pytest.raises(pulumi.RunError, match=r"issues spiffe://cluster\.local/\.\.\. whatever its settings say"):
        run(elsewhere, folder, {**INSTALLED, SIGNING: {"bySecret": True}})


def test_a_mesh_of_others_whose_citadel_does_not_heed_its_trust_domain_is_refused(classic, folder):
    classic["mesh"] = {"istioVersion": "1.4.10", "network": "network1", "install": {"controlPlane": False}}
    mesh = yaml.safe_dump({"trustDomain": "corp.example"})
    running = {**RUNNING["meshx:index:runningCitadel"], "mesh": mesh, "bySecret": True}
    with pytest.raises(pulumi.RunError, match=r"is 'corp\.example', but its Citadel signs with Secret cacerts"):
        run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": running})
    run(classic, folder, {**RUNNING, "meshx:index:runningCitadel": {**running, "bySecret": False}})


def test_another_trust_domain_than_the_running_one_is_refused(classic, folder):
    classic["mesh"] = {
        "istioVersion": "1.4.10",
        "network": "network1",
        "trustDomain": "corp.example",
        "install": {"controlPlane": False},
    }
    with pytest.raises(pulumi.RunError, match=r"meshx:mesh\.trustDomain is 'corp\.example'"):
        run(classic, folder, RUNNING)
