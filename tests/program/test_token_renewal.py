"""What the program registers for a machine over SSH that renews its token itself."""

from pathlib import Path
from typing import Any

import pytest

from meshx.config.errors.problems import ConfigurationError
from tests.program.recorded_program import INSTALLED, run
from tests.program.test_gce import AUTHORITY, BINDING, OF_KUBECONFIG, ROLE
from tests.program.test_mesh import JOIN, names_before, of_type, the

NAMES = ["vm@my-project.iam.gserviceaccount.com", "117249582048193840210"]


@pytest.fixture
def renewing(values: dict[str, Any]) -> dict[str, Any]:
    """A stack whose only machine renews its token itself."""
    values["workloads"][0]["machines"][0]["renewAs"] = NAMES
    return {**values, "networks": [{"name": "network1", "apiServer": "endpoint"}]}


def test_its_identity_may_ask_for_its_workloads_token_before_it_joins(renewing: dict[str, Any], folder: Path) -> None:
    registered = run(renewing, folder, OF_KUBECONFIG)
    rules = the(registered, ROLE).inputs["rules"]
    assert [(rule["resources"], rule["resourceNames"], rule["verbs"]) for rule in rules] == [
        (["serviceaccounts/token"], ["vmhttp"], ["create"]),
        (["configmaps"], ["istio-ca-root-cert"], ["get"]),
    ]
    assert [one["name"] for one in the(registered, BINDING).inputs["subjects"]] == NAMES
    join = the(registered, JOIN)
    assert f"{BINDING} vm-1" in names_before(registered, join)
    assert join.inputs["bundle"]["renewal"] == {
        "server": "https://10.77.0.1:6443",
        "certificateAuthority": AUTHORITY,
        "namespace": "vm",
        "account": "vmhttp",
        "audience": "istio-ca",
        "seconds": 3600,
        "state": "in place",
    }


def test_nothing_of_it_is_made_for_machines_that_do_not(values: dict[str, Any], folder: Path) -> None:
    registered = run(values, folder, INSTALLED)
    assert not of_type(registered, ROLE)
    assert "renewal" not in the(registered, JOIN).inputs["bundle"]


def test_an_api_server_that_is_this_computers_is_refused(renewing: dict[str, Any], folder: Path) -> None:
    here = {**INSTALLED, "meshx:index:apiServer": {"server": "https://127.0.0.1:6443", "certificateAuthority": ""}}
    with pytest.raises(ConfigurationError, match=r"which machines on network1 cannot reach"):
        run(renewing, folder, here)
