"""Reserved addresses and service accounts: what they tell, what is refused, and what a change takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.engine import Engine, FailedError

ADDRESS = "gcp:compute/address:Address"
ACCOUNT = "gcp:serviceaccount/account:Account"


def address(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "addressType": "INTERNAL", "subnetwork": "default", **more}


def test_an_address_is_the_one_asked_for_and_nobody_elses(engine: Engine) -> None:
    """cloud.google.com/compute/docs/ip-addresses/reserve-static-internal-ip-address."""
    made = engine.create(ADDRESS, address("first", address="10.77.0.41"))
    assert made.id == "projects/meshx-sandbox/regions/europe-west1/addresses/first"
    assert made.outputs["address"] == "10.77.0.41"
    with pytest.raises(FailedError, match=r"Error 400: .*'10.77.0.41'. Specified IP address is already reserved"):
        engine.create(ADDRESS, address("second", address="10.77.0.41"))
    with pytest.raises(FailedError, match=r"Error 409: The resource '.*/first' already exists, alreadyExists"):
        engine.create(ADDRESS, address("first", address="10.77.0.42"))
    engine.delete(ADDRESS, made)
    assert engine.read(ADDRESS, made.id, made) is None
    engine.delete(ADDRESS, made)


def test_an_address_that_is_left_to_the_cloud_is_of_the_subnetwork(engine: Engine) -> None:
    """The same page: "automatically allocated"."""
    made = [engine.create(ADDRESS, address(name)) for name in ("one", "two")]
    given = {state.outputs["address"] for state in made}
    assert len(given) == 2 and all(text.startswith("10.77.0.") for text in given)
    for state in made:
        engine.delete(ADDRESS, state)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"address": "10.79.0.5"}, "not within the range of the subnetwork"),
        ({"address": "10.77.0.11"}, "Specified IP address is in use: '10.77.0.11'"),
        ({"subnetwork": "nowhere"}, "'nowhere'. The referenced subnetwork resource cannot be found., invalid"),
        ({"region": "mars-east1"}, "Invalid value for field 'region': 'mars-east1'. Unknown region., invalid"),
        ({"project": "others"}, "The resource 'projects/others' was not found, notFound"),
        ({"addressType": "EXTERNAL"}, "addressType: .*use the official plugin"),
    ],
)
def test_an_address_that_cannot_be_is_refused(engine: Engine, more: dict[str, Any], said: str) -> None:
    """In the API's words."""
    with pytest.raises(FailedError, match=said):
        engine.create(ADDRESS, address("wrong", **more))


def test_an_address_that_an_instance_has_is_promoted_and_kept_while_it_has_it(engine: Engine, state: Path) -> None:
    """cloud.google.com/sdk/gcloud/reference/compute/addresses/create: ephemeral ones in use "can be reserved"."""
    instance = state / "gce/projects/meshx-sandbox/zones/europe-west1-b/instances/old.json"
    instance.parent.mkdir(parents=True)
    instance.write_text(json.dumps({"networkInterfaces": [{"networkIp": "10.77.0.45"}]}))
    made = engine.create(ADDRESS, address("promoted", address="10.77.0.45"))
    with pytest.raises(FailedError, match=r"is already being used by '.*instances/old'"):
        engine.delete(ADDRESS, made)
    instance.unlink()
    engine.delete(ADDRESS, made)


def test_all_but_an_addresss_labels_replace_it(engine: Engine) -> None:
    """resource_compute_address.go: ForceNew on all but labels."""
    made = engine.create(ADDRESS, address("changed", address="10.77.0.43"))
    labels = engine.diff(ADDRESS, made, address("changed", address="10.77.0.43", labels={"a": "b"}))
    assert labels.changes and not labels.replaces
    other = engine.diff(ADDRESS, made, address("changed", address="10.77.0.44"))
    assert other.replaces == ["address"] and other.delete_before_replace
    engine.delete(ADDRESS, made)


def test_an_account_has_an_email_and_a_number(engine: Engine) -> None:
    """resource_google_service_account.go."""
    made = engine.create(ACCOUNT, {"accountId": "web-vm", "displayName": "Web"})
    email = "web-vm@meshx-sandbox.iam.gserviceaccount.com"
    assert made.id == made.outputs["name"] == f"projects/meshx-sandbox/serviceAccounts/{email}"
    assert made.outputs["email"] == email and made.outputs["member"] == f"serviceAccount:{email}"
    assert len(made.outputs["uniqueId"]) == 21 and made.outputs["uniqueId"].isdigit()
    with pytest.raises(FailedError, match="Error 409: Service account web-vm already exists"):
        engine.create(ACCOUNT, {"accountId": "web-vm"})
    shown = engine.update(ACCOUNT, made, {"accountId": "web-vm", "displayName": "Other"})
    assert shown.outputs["displayName"] == "Other" and shown.outputs["uniqueId"] == made.outputs["uniqueId"]
    assert engine.diff(ACCOUNT, made, {"accountId": "web-other"}).replaces == ["accountId"]
    engine.delete(ACCOUNT, made)
    again = engine.create(ACCOUNT, {"accountId": "web-vm"})
    assert again.outputs["uniqueId"] != made.outputs["uniqueId"]
    engine.delete(ACCOUNT, again)


def test_an_accounts_id_is_of_six_characters_or_more(engine: Engine) -> None:
    """The same file: validateRFC1035Name(6, 30)."""
    with pytest.raises(FailedError, match=r'accountId: "account_id" .* match regexp'):
        engine.create(ACCOUNT, {"accountId": "web"})


def test_what_was_deleted_by_hand_is_found(engine: Engine, state: Path) -> None:
    """A refresh drops it, and the next update makes it again."""
    made = engine.create(ACCOUNT, {"accountId": "gone-vm"})
    found = engine.read(ACCOUNT, made.id, made)
    assert found is not None and found.inputs == made.inputs
    (state / "gce" / f"{made.id}.json").unlink()
    assert engine.read(ACCOUNT, made.id, made) is None
