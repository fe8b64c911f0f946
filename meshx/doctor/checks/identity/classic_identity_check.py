"""The identity of a machine of the classic line: Citadel's Secret, the machine's certificate, root and files."""

from __future__ import annotations

from collections.abc import Iterator

from meshx.config.values.certificates import read_certificates
from meshx.doctor.checks.files_check import owner_difference
from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.classic_machine_view import ClassicMachineView
from meshx.doctor.finding import Finding, fault, fine, unknown
from meshx.join.bundle import ROOT_CERTIFICATE
from meshx.machine.citadel_root import CitadelsRoot
from meshx.machine.drift import identity_state

_SECRET = "Citadel's Secret"  # noqa: S105 - what a finding is about
_ROOT = "root certificate"
_CERTIFICATE = "certificate"


def check_secret(view: ClassicMachineView) -> Iterator[Finding]:
    """The Secret with which the machine joins must exist, and be good."""
    records = view.records
    if records.unknown:
        yield unknown(_SECRET, records.unknown)
    elif records.secret_problem:
        yield fault(
            _SECRET,
            f"{records.secret}: {records.secret_problem}",
            "Citadel does not run, does not serve the namespace, has another root or trust domain, or others made it",
            "`kubectl -n istio-system logs deployment/istio-citadel`; delete the Secret, and Citadel makes it anew",
        )
    else:
        yield fine(_SECRET, records.secret)


def check_key_material(view: ClassicMachineView) -> Iterator[Finding]:
    """The identity's files must exist and belong to the proxy; nobody looks into the key."""
    there = view.found["identity"]["files"]
    differing = 0
    for path, one in sorted(view.wanted.bundle["identity"]["files"].items()):
        if words := owner_difference(one, there.get(path)):
            differing += 1
            yield fault(
                "key material",
                f"{path} {words}",
                "it was changed by hand: node agent and proxy, as istio-proxy, may not read or renew it",
                REPAIR,
            )
    if not differing:
        yield fine("key material", "there, and the proxy's own")


def check_root(view: ClassicMachineView) -> Iterator[Finding]:
    """The machine must trust the cluster's present authority."""
    wanted, seen = read_certificates(view.records.root), view.seen.files.get(ROOT_CERTIFICATE)
    if seen is None:
        yield fault(_ROOT, f"{ROOT_CERTIFICATE} is missing", "it was removed", REPAIR)
    elif not wanted:
        yield unknown(_ROOT, "the cluster did not say what it is")
    elif set(read_certificates(seen.content)) == set(wanted):
        yield fine(_ROOT, "the cluster's")
    else:
        yield fault(
            _ROOT,
            f"{ROOT_CERTIFICATE} is another than in {view.records.secret}",
            "it was altered, or Citadel has a new root, which its node agent never brings: the machine trusts a mesh "
            "that is not this one",
            f"remove /etc/certs/cert-chain.pem on the machine, then {REPAIR}",
        )


def check_certificate(view: ClassicMachineView) -> Iterator[Finding]:
    """Judge the certificate by clock, identity and the cluster's root."""
    authority = CitadelsRoot(read_certificates(view.records.root))
    state, chain = identity_state(view.wanted, view.seen, authority), view.seen.certificate
    if state.certificate_usable and chain is not None:
        yield fine(_CERTIFICATE, f"{chain.identity}, until {chain.end:%Y-%m-%d %H:%M} UTC")
        return
    words = "there is none" if chain is None else state.words.partition(": `")[0]
    yield fault(_CERTIFICATE, words, _cause(state.words), f"{REPAIR}: it brings a new one out of Citadel's Secret")


def _cause(words: str) -> str:
    if words == "none":
        return "it was removed, or the machine never joined"
    if words.startswith(("ends", "ended")):
        return (
            "the node agent does not renew it: it does not run, or does not reach Citadel (`journalctl -u "
            "istio-auth-node-agent` on the machine), or the machine was off for long"
        )
    return "the machine was joined to another mesh, or as another workload, or Citadel has a new root"
