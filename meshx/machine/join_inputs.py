"""The inputs of the resource Join, as typed values and as they stand in Pulumi's state.

    machine: str                    the machine's name in the stack; another name is another Join
    namespace, serviceAccount: str  the machine's identity
    connection: {host, port, user, hostKey, [privateKeyFile], [connectTimeoutSeconds],
                 [bastion: {host, port, user, hostKey, [privateKeyFile]}]}
    bundle: {files: {path: {content, owner, mode}}, hosts: {name: address}, unit: {name, enabled, active},
             package: {name, source, sha256} or {name, kinds: {kind: {source, sha256}}},
             packetRules, [upkeep], certificate, [readiness],
             [companions: [{name, enabled, active}]], [folders: {path: {owner, mode}}],
             [identity: {secret, spiffeId, files: {path: {entry, owner, mode}}}],
             [whenDown: {ports: [int], callsPastTheProxy}]}
    workloadEntry: str              the declared WorkloadEntry; absent for a workload that only calls
    entryState: str                 what a refresh found wrong with that entry (meshx/machine/entry_state.py)
    token: {audience, seconds}; drainSeconds: int; onUnreachable: "fail" | "forget"
    awaitHealth: bool               whether the join waits for a good probe; absent: it does
    beforeLeaving: str              the user's command for a machine that leaves, run once it is drained; may be absent
    revokedAccounts: [str]          the accounts that its workload had before; absent: none
    wayBackSeconds: int             how long a change may stay unconfirmed until the machine undoes it; absent: for ever
    heldSeconds: int                how long its wave then watches it, and may still have it undone; absent: not at all
    upgrades: {controlPlane: str, allowDowngrade: bool}
                                    what packages are compared with; absent: they are not
    undone: str                     what a refresh found of a change that the machine undid (observation.py)
    joinedBy: str                   what a refresh found noted of this stack by another name or cluster (observation.py)
    machineState: str               what a refresh found of another machine behind the same name (observation.py)

None of it is secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshx.config.values.host_login import HostLogin
from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.plugin_base.custom_resource import CheckFailure
from meshx.plugin_base.property_diff import has_unknown
from meshx.plugin_base.property_values import Properties

DEFAULTS: Properties = {
    "token": {"audience": TOKEN_AUDIENCE, "seconds": 3600},
    "drainSeconds": 5,
    "onUnreachable": "fail",
}
REQUIRED = ("machine", "namespace", "serviceAccount", "connection", "bundle")
REQUIRED_OF_CONNECTION = ("host", "user", "hostKey")
REQUIRED_OF_BUNDLE = ("files", "hosts", "unit", "package")
ON_UNREACHABLE = ("fail", "forget")
CONNECT_SECONDS = 15.0
REVOKED_ACCOUNTS = "revokedAccounts"
WAY_BACK_SECONDS = "wayBackSeconds"
HELD_SECONDS = "heldSeconds"


@dataclass(frozen=True)
class Connection:
    """The way to a machine: through which bastion, with which private key's file (None: the stack's), for how long.

    bastion_key_file: the bastion's own key (None: the machine's).
    """

    login: HostLogin
    bastion: HostLogin | None = None
    private_key_file: str | None = None
    connect_seconds: float = CONNECT_SECONDS
    bastion_key_file: str | None = None


@dataclass(frozen=True)
class JoinInputs:
    """The inputs with their types; ``bundle`` stays as it is in the state, since meshx compares it as a whole."""

    machine: str
    namespace: str
    service_account: str
    connection: Connection
    bundle: Mapping[str, Any]
    workload_entry: str | None
    token_audience: str
    token_seconds: int
    drain_seconds: float
    forget_unreachable: bool
    await_health: bool
    before_leaving: str | None
    revoked_accounts: tuple[str, ...] = ()
    way_back_seconds: int = 0
    held_seconds: int = 0
    upgrades: Mapping[str, Any] | None = None
    known_machine_id: str = ""
    """/etc/machine-id at the last join, if the state has it."""

    @property
    def account(self) -> str:
        """The identity as ``namespace/serviceAccount``."""
        return f"{self.namespace}/{self.service_account}"

    def follows(self, before: JoinInputs) -> bool:
        """Whether these are of the same workload, whose account was revoked since."""
        return self.namespace == before.namespace and before.service_account in self.revoked_accounts


def join_inputs(properties: Mapping[str, Any]) -> JoinInputs:
    """Return the typed inputs of checked, fully known properties."""
    given = {**DEFAULTS, **properties}
    return JoinInputs(
        machine=given["machine"],
        namespace=given["namespace"],
        service_account=given["serviceAccount"],
        connection=_connection(given["connection"]),
        bundle=given["bundle"],
        workload_entry=given.get("workloadEntry") or None,
        token_audience=given["token"]["audience"],
        token_seconds=int(given["token"]["seconds"]),
        drain_seconds=float(given["drainSeconds"]),
        forget_unreachable=given["onUnreachable"] == "forget",
        await_health=given.get("awaitHealth", True),
        before_leaving=given.get("beforeLeaving"),
        revoked_accounts=tuple(given.get(REVOKED_ACCOUNTS) or ()),
        upgrades=given.get("upgrades"),
        way_back_seconds=int(given.get(WAY_BACK_SECONDS) or 0),
        held_seconds=int(given.get(HELD_SECONDS) or 0),
    )


def check_inputs(news: Properties, olds: Properties | None = None) -> tuple[Properties, Sequence[CheckFailure]]:
    """Return the inputs with their defaults, and what is wrong with them; unknown values pass.

    An account that was revoked does not come back: ``olds`` are the inputs in the state.
    """
    inputs = {**DEFAULTS, **news}
    failures = [CheckFailure(name, "is missing") for name in REQUIRED if name not in inputs]
    failures += _missing(inputs, "connection", REQUIRED_OF_CONNECTION)
    failures += _missing(inputs, "bundle", REQUIRED_OF_BUNDLE)
    choice = inputs["onUnreachable"]
    if not has_unknown(choice) and choice not in ON_UNREACHABLE:
        failures.append(CheckFailure("onUnreachable", f"is {choice!r}; write one of {', '.join(ON_UNREACHABLE)}"))
    revoked: Sequence[str] = (olds or {}).get(REVOKED_ACCOUNTS) or ()
    if inputs.get("serviceAccount") in revoked and inputs.get("namespace") == (olds or {}).get("namespace"):
        account = f"{inputs['namespace']}/{inputs['serviceAccount']}"
        failures.append(
            CheckFailure(
                "serviceAccount",
                f"would be {account} again, which was revoked with a machine that is no longer in the file, or no "
                "longer `revoked: true`. Write `revocations` at the workload: one more for each such machine",
            )
        )
    return inputs, failures


def _missing(inputs: Properties, name: str, required: Sequence[str]) -> list[CheckFailure]:
    given = inputs.get(name)
    if not isinstance(given, Mapping):
        return []
    return [CheckFailure(f"{name}.{key}", "is missing") for key in required if key not in given]


def _connection(given: Mapping[str, Any]) -> Connection:
    bastion = given.get("bastion")
    return Connection(
        login=_login(given, given["user"]),
        bastion=_login(bastion, given["user"]) if bastion else None,
        private_key_file=given.get("privateKeyFile"),
        connect_seconds=float(given.get("connectTimeoutSeconds") or CONNECT_SECONDS),
        bastion_key_file=bastion.get("privateKeyFile") if bastion else None,
    )


def _login(given: Mapping[str, Any], user: str) -> HostLogin:
    return HostLogin(
        host=given["host"],
        port=int(given.get("port") or 22),
        user=given.get("user") or user,
        host_key=given["hostKey"],
    )
