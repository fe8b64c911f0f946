"""Machines that renew their token themselves: what they need for it, told by path."""

from typing import Any

import pytest

NAMES = ["vm@my-project.iam.gserviceaccount.com", "117249582048193840210"]
KEY = "meshx:workloads[0].machines[1].renewAs"


@pytest.fixture
def renewing(values) -> dict[str, Any]:
    """A configuration whose second machine renews its token itself."""
    values["workloads"][0]["machines"][1]["renewAs"] = NAMES
    return {**values, "networks": [{"name": "network1", "apiServer": "endpoint"}]}


def test_a_machine_may_renew_its_token_by_an_identity_of_its_own(loaded, renewing):
    first, second = loaded(renewing).machines
    assert (first.renew_as, second.renew_as) == ((), tuple(NAMES))


@pytest.mark.parametrize("networks", [[], [{"name": "network1", "apiServer": "gateway"}]])
def test_it_has_to_reach_the_api_server(refused, renewing, networks):
    renewing["networks"] = networks
    assert "nothing says that those on network1 reach it" in refused(renewing)[KEY]


def test_an_instance_that_meshx_makes_has_its_own(refused, renewing):
    renewing["workloads"][0]["machines"][1] |= {"gce": {"zone": "europe-west1-b"}}
    assert "has an identity of its own" in refused(renewing)[KEY]


def test_the_classic_line_has_no_token(refused, renewing):
    renewing["mesh"]["istioVersion"] = "1.4.10"
    assert "machines of Istio 1.4.10 have no token" in refused(renewing)[KEY]
