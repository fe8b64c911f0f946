"""What observe.sh found on a machine, as typed values."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshx.cluster.certificate import CertificateChain, read_chain
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.machine_files import closed_ports_file
from meshx.join.token_renewal import renewal_checksums
from meshx.machine.delivery import Delivery
from meshx.machine.join_inputs import JoinInputs

MACHINE_STATE = "machineState"
"""The Join's input with the words of `Observation.other_machine`. No program sets it, so any value is a difference."""

UNDONE = "undone"
"""The Join's input with the words of `Observation.undone`; as above."""
JOINED_BY = "joinedBy"
"""The Join's input with whose the machine says it is, where that is this stack by another name; as above."""
KEPT = "kept"
"""The state of a machine's way back where nothing is on trial."""


@dataclass(frozen=True)
class FoundFile:
    """A file as the machine has it: its content, ``user:group``, and mode in octal digits."""

    content: bytes
    owner: str
    mode: str


@dataclass(frozen=True)
class FoundPackage:
    """What the package manager says of it, the SHA-256 that meshx installed last, and the version that it had then.

    ``touched``: somebody has replaced files of it since. ``kind``: which packages the machine takes, such as
    "rpm/arm64".
    """

    status: str
    sha256: str
    recorded_version: str
    touched: bool
    kind: str = ""

    @property
    def version(self) -> str:
        """The version that is installed in working order, "" if there is none."""
        state, _, version = self.status.partition(" ")
        return version.strip() if state == "ii" else ""


@dataclass(frozen=True)
class Observation:
    """The facts of one look. ``clock`` and ``token_end`` are seconds since 1970 by the machine's clock.
    ``joined_as`` is the name under which the machine joined last, "" if unknown; ``joined_by`` the text of the stack
    that joined it (moving/joined_by.py). ``retiring`` names the units beside the proxy's that it has of a former
    delivery, and that the wanted one has no more. ``settings`` says which of the unit's settings are not as a join sets
    them, "" if all are. ``restart_waits``: a run ended before the machine had its turn to restart.

    ``modes`` holds owner and mode of folders and of unreadable files. ``companions`` says which units beside the
    proxy's are enabled and active. ``refusals`` is what a node agent among them printed if it got no certificate last.
    ``files`` holds those of the requested paths that exist. ``addresses`` holds those of the requested names, and of
    meshx's other names in /etc/hosts. ``rules`` holds the families ("ipv4", "ipv6") whose packet rules are in place,
    ``recorded_rules`` the families that had them after the last start. ``upkeep`` is "in place", or what is not;
    ``told`` says what others overwrote since the last join, and who did. ``past_the_proxy`` says what becomes
    of calls past the proxy where the ports are closed or are to be, "" where neither. ``recorded_id`` is ``machine_id``
    as it was at the last join, "" if unknown. ``way_back`` is KEPT, or what is on trial, "" without a way back;
    ``undone`` says why the machine went back, "" if it did not; ``may_go_back``: it has what it had before its last
    change, which is confirmed, but has still to hold.
    """

    machine_id: str
    host_name: str
    clock: int
    joined: bool
    files: Mapping[str, FoundFile]
    addresses: Mapping[str, str]
    unit_enabled: bool
    unit_state: str
    package: FoundPackage
    rules: frozenset[str]
    recorded_rules: frozenset[str]
    certificate: CertificateChain | None
    token_end: int | None
    ready: bool
    log: str
    modes: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    companions: Mapping[str, tuple[bool, bool]] = field(default_factory=dict[str, tuple[bool, bool]])
    refusals: Mapping[str, str] = field(default_factory=dict[str, str])
    renewal: str = ""
    joined_as: str = ""
    joined_by: str = ""
    retiring: tuple[str, ...] = ()
    settings: str = ""
    restart_waits: bool = False
    upkeep: str = ""
    told: tuple[str, ...] = ()
    past_the_proxy: str = ""
    recorded_id: str = ""
    way_back: str = ""
    undone: str = ""
    may_go_back: bool = False

    def has_way_back(self, inputs: JoinInputs) -> bool:
        """Whether its way back is what the inputs want: the last good delivery kept, or none."""
        return self.way_back == (KEPT if inputs.way_back_seconds else "") and not self.undone

    def other_machine(self, inputs: JoinInputs) -> str:
        """Words for a machine that is not the one that joined, though it has its files; "" if it is, or never joined.

        A disk's clone may have the key of the machine that it was made from. An image, or a new `/etc/machine-id` on
        the same machine, looks the same from here.
        """
        known = self.recorded_id or (inputs.known_machine_id if self.joined else "")
        if known in ("", self.machine_id):
            return ""
        return (
            f"/etc/machine-id is {self.machine_id}, and was {known} when it joined: a clone, or another disk. `up` "
            "gives it a key of its own; if the other machine still runs, revoke that"
        )

    def belongs_to_another(self, machine: str) -> bool:
        """Whether the machine last joined under another name than this one."""
        return self.joined_as not in ("", machine)


def observe_delivery(inputs: JoinInputs, with_log: bool = False) -> Delivery:
    """Return the delivery that looks at a machine; ``with_log`` adds the proxy's last error lines."""
    bundle = inputs.bundle
    data = {
        "wanted/paths": "".join(f"{path}\n" for path in read_paths(bundle)),
        "wanted/names": "".join(f"{name}\n" for name in sorted(bundle["hosts"])),
        "wanted/unit": bundle["unit"]["name"],
        "wanted/package": bundle["package"]["name"],
        "wanted/account": f"{inputs.namespace}:{inputs.service_account}",
        **closed_ports_file(bundle),
    }
    if modes := mode_paths(bundle):
        data["wanted/modes"] = "".join(f"{path}\n" for path in modes)
    if companions := companion_names(bundle):
        data["wanted/companions"] = "".join(f"{name}\n" for name in companions)
    if "renewal" in bundle:
        data["wanted/renewal"] = renewal_checksums(bundle["renewal"])
    if "readiness" in bundle:
        data["wanted/readiness"] = bundle["readiness"]
    return Delivery("observe.sh", data | {"wanted/log": ""} if with_log else data)


def read_paths(bundle: Mapping[str, Any]) -> list[str]:
    """The files whose content meshx compares: the bundle's own, and the root certificate of an identity."""
    identity: Mapping[str, Any] = bundle.get("identity") or {}
    roots = {ROOT_CERTIFICATE} & set(identity.get("files") or ())
    return sorted({*bundle["files"], *roots})


def mode_paths(bundle: Mapping[str, Any]) -> list[str]:
    """The paths where meshx compares only owner and mode: an identity's files, with the key, and folders."""
    identity: Mapping[str, Any] = bundle.get("identity") or {}
    return sorted({*(identity.get("files") or ()), *(bundle.get("folders") or ())})


def companion_names(bundle: Mapping[str, Any]) -> list[str]:
    """The units beside the proxy's, in the order in which they start."""
    return [str(unit["name"]) for unit in bundle.get("companions") or ()]


def read_observation(inputs: JoinInputs, printed: str) -> Observation:
    """Return what observe.sh printed for these inputs; ValueError if it printed something else."""
    facts = read_facts(printed)

    def text(key: str) -> str:
        return facts.get(key, b"").decode("utf-8", "replace").strip()

    files: dict[str, FoundFile] = {}
    for number, path in enumerate(read_paths(inputs.bundle)):
        if f"file.{number}.owner" in facts:
            content = facts.get(f"file.{number}.content", b"")
            files[path] = FoundFile(content, text(f"file.{number}.owner"), text(f"file.{number}.mode"))
    own = {name: address for address, name in (line.split() for line in text("names.own").splitlines())}
    wanted = {name: text(f"name.{number}") for number, name in enumerate(sorted(inputs.bundle["hosts"]))}
    token_end = text("token.end")
    return Observation(
        machine_id=text("machine-id"),
        host_name=text("host-name"),
        clock=int(text("time")),
        joined=text("joined") == "yes",
        joined_as=text("joined-as"),
        joined_by=text("joined-by"),
        retiring=tuple(text("retiring").split()),
        files=files,
        addresses={name: address for name, address in {**own, **wanted}.items() if address},
        unit_enabled=text("unit.enabled") == "enabled",
        unit_state=text("unit.active"),
        package=FoundPackage(
            status=text("package.status"),
            sha256=text("package.sha256"),
            recorded_version=text("package.recorded-version"),
            touched=text("package.touched") == "yes",
            kind=text("package.kind"),
        ),
        rules=frozenset(family for family in ("ipv4", "ipv6") if text(f"rules.{family}") == "yes"),
        recorded_rules=frozenset(text("rules.recorded").split()),
        certificate=read_chain(facts.get("certificate", b"")),
        token_end=int(token_end) if token_end else None,
        ready=text("ready") == "200",
        log=text("log"),
        modes={
            path: (text(f"mode.{number}.owner"), text(f"mode.{number}.mode"))
            for number, path in enumerate(mode_paths(inputs.bundle))
            if f"mode.{number}.owner" in facts
        },
        companions={
            name: (text(f"companion.{number}.enabled") == "enabled", text(f"companion.{number}.active") == "active")
            for number, name in enumerate(companion_names(inputs.bundle))
        },
        refusals={
            name: text(f"companion.{number}.refused")
            for number, name in enumerate(companion_names(inputs.bundle))
            if f"companion.{number}.refused" in facts
        },
        renewal=text("renewal"),
        settings=text("unit.settings"),
        restart_waits=text("unit.restart") == "waits",
        upkeep=text("upkeep"),
        recorded_id=text("recorded-id"),
        told=tuple(line for key in ("put-back", "not-in-place", "undone") for line in text(key).splitlines()),
        past_the_proxy=text("when-down"),
        way_back=text("way-back"),
        undone=text("undone"),
        may_go_back=text("way-back.held") == "yes",
    )


def read_facts(printed: str) -> dict[str, bytes]:
    """Return the facts that a script printed, one a line: a key and its value in base64; ValueError."""
    facts: dict[str, bytes] = {}
    for line in printed.splitlines():
        key, _, value = line.partition(" ")
        facts[key] = base64.b64decode(value)
    return facts
