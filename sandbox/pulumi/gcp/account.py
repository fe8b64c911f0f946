"""`gcp:serviceaccount/account:Account`: an instance's identity.

Official provider: google/services/resourcemanager/resource_google_service_account.go.
"""

import re
from collections.abc import Sequence

from meshx.plugin_base.property_values import Properties
from sandbox.gce import accounts
from sandbox.pulumi.gcp.cloud_resource import CloudResource

ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")


class Account(CloudResource):
    """A service account."""

    served = frozenset({"accountId", "description", "disabled", "displayName", "project"})
    in_place = frozenset({"description", "disabled", "displayName"})
    computed = ("email", "member", "name", "uniqueId")
    names_itself = False

    def problems(self, inputs: Properties) -> Sequence[tuple[str, str]]:
        wanted = inputs.get("accountId")
        if isinstance(wanted, str) and not ACCOUNT_ID.fullmatch(wanted):
            reason = f'"account_id" ("{wanted}") doesn\'t match regexp "^{ACCOUNT_ID.pattern}$"'
            return [("accountId", reason)]
        return ()

    def make(self, inputs: Properties) -> tuple[str, Properties]:
        made = accounts.create(self.place(inputs, "project"), inputs["accountId"], inputs)
        return made["name"], made

    def change(self, resource_id: str, changes: Properties) -> Properties:
        return super().change(resource_id, {**changes, "disabled": bool(changes.get("disabled"))})
