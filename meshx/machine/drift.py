"""The bundle as a machine really has it: shaped as the wanted one, with words where bare values would say too little.

What agrees is copied from the wanted bundle, byte for byte, so that a diff shows only real differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from meshx.cluster.certificate import CertificateChain, same_roots
from meshx.config.values.certificates import read_certificates
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.join.states import CERTIFICATE_VALID, IN_PLACE
from meshx.machine.citadel_root import UNKNOWN_ROOT, CitadelsRoot
from meshx.machine.join_inputs import JoinInputs
from meshx.machine.observation import FoundFile, FoundPackage, Observation
from meshx.machine.shown_content import shown_content

MARGIN = timedelta(seconds=60)
"""A token, or a long-lived certificate, that ends sooner counts as ended."""
SHARE_OF_SHORT = 10
"""A short-lived certificate counts as ended when this part of its life is left: its proxy renews it at half."""

SHARE_OF_LONG = 10
"""The node agent renews a certificate at half of its life; if only this part is left, it failed to."""

WRITTEN_BY_AGENT = ("istio-proxy:root", "0600")
"""Owner and mode of the root certificate once the agent has rewritten it, as it may when it starts (istio:
security/pkg/nodeagent/util/util.go, OutputKeyCertToDir); blank lines may differ too."""


@dataclass(frozen=True)
class IdentityState:
    """What a machine can show to istiod. ``words``: "valid", or what is wrong with the certificate."""

    words: str
    certificate_usable: bool
    token_usable: bool


def found_bundle(inputs: JoinInputs, seen: Observation, authority: CitadelsRoot = UNKNOWN_ROOT) -> dict[str, Any]:
    """Return the bundle with what the machine has in place of what it should have.

    ``authority`` judges an identity from Citadel; the bundle itself has istiod's root.
    """
    wanted = inputs.bundle
    files = {
        path: _found_file(path, file, seen.files[path]) for path, file in wanted["files"].items() if path in seen.files
    }
    found: dict[str, Any] = {
        **wanted,
        "files": files,
        # A name that is to have no line has none.
        "hosts": {**{name: "" for name, address in wanted["hosts"].items() if not address}, **seen.addresses},
        "unit": {**wanted["unit"], "enabled": seen.unit_enabled, "active": seen.unit_state == "active"},
        "package": _found_package(wanted["package"], seen.package),
        "packetRules": _rules_words(seen),
        "certificate": identity_state(inputs, seen, authority).words,
    }
    if seen.settings:
        found["unit"]["settings"] = seen.settings
    if seen.restart_waits:
        found["unit"]["restart"] = "waits: the proxy runs with what it had before"
    if "identity" in wanted:
        found["identity"] = {**wanted["identity"], "files": _found_modes(wanted["identity"]["files"], seen)}
    if "folders" in wanted:
        found["folders"] = _found_modes(wanted["folders"], seen)
    if "companions" in wanted:
        found["companions"] = [_found_unit(unit, seen) for unit in wanted["companions"]]
    # States from before there was upkeep have none.
    if "upkeep" in wanted:
        found["upkeep"] = seen.upkeep or "missing"
    if "whenDown" in wanted or seen.past_the_proxy:
        found["whenDown"] = {**wanted.get("whenDown", {}), "callsPastTheProxy": seen.past_the_proxy}
    if "renewal" in wanted:
        found["renewal"] = {**wanted["renewal"], "state": seen.renewal or "missing"}
    elif seen.renewal:
        found["renewal"] = {"state": seen.renewal}
    return found


def _found_modes(wanted: Mapping[str, Any], seen: Observation) -> dict[str, Any]:
    """Files and folders that are there and whose content nobody compares, with their owner and mode."""
    return {
        path: {**one, "owner": seen.modes[path][0], "mode": seen.modes[path][1]}
        for path, one in wanted.items()
        if path in seen.modes
    }


def _found_unit(wanted: Mapping[str, Any], seen: Observation) -> dict[str, Any]:
    enabled, active = seen.companions.get(wanted["name"], (False, False))
    found = {**wanted, "enabled": enabled, "active": active}
    # The unit runs all the same, but the machine's certificate will end one day.
    if refusal := seen.refusals.get(wanted["name"]):
        found["refused"] = refusal
    return found


def identity_state(inputs: JoinInputs, seen: Observation, authority: CitadelsRoot = UNKNOWN_ROOT) -> IdentityState:
    """Judge certificate and token: by the machine's clock and ours, the wanted identity, and the wanted root."""
    words = _certificate_words(inputs, seen, authority)
    root = seen.files.get(ROOT_CERTIFICATE)
    wanted_root = _wanted_root(inputs)
    same_root = root is not None and same_roots(root.content, wanted_root)
    token_end = _instant(seen.token_end) if seen.token_end is not None else None
    # Another cluster's token has the same name; only the root tells the two apart.
    token_usable = token_end is not None and same_root and token_end > _now(seen) + MARGIN
    return IdentityState(words, words == CERTIFICATE_VALID and _is_readable(inputs, seen), token_usable)


def _is_readable(inputs: JoinInputs, seen: Observation) -> bool:
    """Whether the proxy can read its identity. Nobody hands a file back to it that it cannot: root follows no name in a
    folder of the proxy's (meshx/scripts/proxy_user.sh).
    """
    wanted: Mapping[str, Any] = inputs.bundle.get("identity") or {"files": {}}
    return all(
        seen.modes[path][0].partition(":")[0] == file["owner"].partition(":")[0] or int(seen.modes[path][1], 8) & 0o004
        for path, file in wanted["files"].items()
        if path in seen.modes
    )


def _certificate_words(inputs: JoinInputs, seen: Observation, authority: CitadelsRoot) -> str:
    chain = seen.certificate
    if chain is None:
        return "none"
    if not _is_wanted(chain.identity, inputs):
        return f"of another identity: {chain.identity or 'none'}"
    if words := _authority_words(inputs, seen, chain, authority):
        return words
    if "identity" in inputs.bundle and chain.end <= _now(seen) + chain.length / SHARE_OF_LONG:
        return f"ends {chain.end:%Y-%m-%dT%H:%M:%SZ} and was not renewed on the machine: `pulumi up` brings a new one"
    if chain.end <= _now(seen) + min(MARGIN, chain.length / SHARE_OF_SHORT):
        return f"ended {chain.end:%Y-%m-%dT%H:%M:%SZ}: `pulumi up` asks for a new one"
    return CERTIFICATE_VALID


def _authority_words(inputs: JoinInputs, seen: Observation, chain: CertificateChain, authority: CitadelsRoot) -> str:
    """What is wrong with the signer, or with the root beside the chain; "" for nothing."""
    root = seen.files.get(ROOT_CERTIFICATE)
    if "identity" not in inputs.bundle:
        signed = chain.signed_by(read_certificates(_wanted_root(inputs)))
    elif authority.signed(chain) and not authority.trusted_by(read_certificates(root.content) if root else ()):
        return "beside another root certificate than the cluster's"
    else:
        signed = authority.signed(chain)
    return "" if signed else "signed by another authority than the cluster's"


def _is_wanted(identity: str, inputs: JoinInputs) -> bool:
    if "identity" in inputs.bundle:
        return identity == inputs.bundle["identity"]["spiffeId"]
    return identity.endswith(f"/ns/{inputs.namespace}/sa/{inputs.service_account}")


def _wanted_root(inputs: JoinInputs) -> bytes:
    """The root in the bundle, none if it comes with the identity."""
    wanted: Mapping[str, Any] = inputs.bundle["files"].get(ROOT_CERTIFICATE, {})
    return str(wanted.get("content", "")).encode()


def _now(seen: Observation) -> datetime:
    return max(_instant(seen.clock), datetime.now(timezone.utc))


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _found_file(path: str, wanted: Mapping[str, Any], found: FoundFile) -> dict[str, Any]:
    content = shown_content(wanted["content"], found.content)
    if path == ROOT_CERTIFICATE and same_roots(found.content, wanted["content"].encode()):
        content = wanted["content"]
        if (found.owner, found.mode) == WRITTEN_BY_AGENT:
            return dict(wanted)
    return {**wanted, "content": content, "owner": found.owner, "mode": found.mode}


def _found_package(wanted: Mapping[str, Any], package: FoundPackage) -> dict[str, Any]:
    """The package with the checksum that meshx installed last; `state` says what is wrong, if anything.

    States of an earlier meshx have these words in place of the checksum.
    """
    found = {key: value for key, value in wanted.items() if key != "state"}
    words = _package_words(package)
    if "kinds" in found:
        words = words or _another_words(found["kinds"], package)
        return {**found, "state": words} if words else found
    if not words:
        return {**found, "sha256": package.sha256}
    return found if found["sha256"] == words else {**found, "state": words}


def _another_words(kinds: Mapping[str, Any], package: FoundPackage) -> str:
    """What is installed in place of the package for such a machine; "" where it is that one."""
    if package.kind not in kinds:
        return f"version {package.version}; none is named for {package.kind}"
    wanted = kinds[package.kind]["sha256"]
    return "" if package.sha256 == wanted else f"version {package.version}, with the SHA-256 {package.sha256}"


def _package_words(package: FoundPackage) -> str:
    if not package.version:
        return f"not installed ({package.status})" if package.status else "not installed"
    if not package.sha256:
        return f"version {package.version}, installed by others"
    if package.version != package.recorded_version:
        return f"version {package.version}, installed by others in place of {package.recorded_version}"
    return f"version {package.version}, with files that others replaced" if package.touched else ""


def _rules_words(seen: Observation) -> str:
    missing = sorted((seen.recorded_rules or {"ipv4"}) - seen.rules)
    names = {"ipv4": "IPv4", "ipv6": "IPv6"}
    return f"missing ({', '.join(names[family] for family in missing)})" if missing else IN_PLACE
