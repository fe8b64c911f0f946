"""Service accounts (gcp.serviceaccount.Account): an e-mail, a unique number, and no rights."""

from sandbox.gce import catalogue, cloud
from sandbox.gce.cloud import Properties
from sandbox.gce.googleapi import error, not_found


def create(project: str, account_id: str, wanted: Properties) -> Properties:
    """Make a service account and return it. Raises GoogleError."""
    catalogue.check_project(project)
    email = f"{account_id}@{project}.iam.gserviceaccount.com"
    name = f"projects/{project}/serviceAccounts/{email}"
    with cloud.changing():
        if cloud.load(name):
            message = f"Service account {account_id} already exists within project projects/{project}."
            raise error(409, message, "alreadyExists")
        own = {"accountId": account_id, "project": project, "email": email, "name": name}
        unique = {"member": f"serviceAccount:{email}", "uniqueId": cloud.numeric_id(21)}
        cloud.store(name, {"disabled": False, **wanted, **own, **unique})
        return cloud.get(name)


def by_email(email: str) -> Properties:
    """The service account with an e-mail; GoogleError if there is none."""
    for account in cloud.everything("serviceAccounts").values():
        if account["email"] == email:
            return account
    raise not_found(f"serviceAccounts/{email}")
