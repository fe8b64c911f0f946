"""What a machine can show to istiod or another CA: its certificate, or a token to ask for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from meshx.doctor.checks.remedies import REPAIR
from meshx.doctor.finding import Finding, fault, fine, unknown
from meshx.doctor.machine_view import MachineView
from meshx.machine.drift import identity_state

_SUBJECT = "certificate"
_NONE = "none"


def check_identity(view: MachineView) -> Iterator[Finding]:
    """Judge certificate and token by clock, identity and root."""
    state = identity_state(view.wanted, view.seen)
    chain = view.seen.certificate
    token = _token_words(view, state.token_usable)
    if state.certificate_usable and chain is not None:
        by = "" if view.signer == "istiod" else f", signed by {chain.issuer}"
        yield fine(_SUBJECT, f"{chain.identity}, until {_time(chain.end)}{by}")
    elif chain is not None and not view.root_is_known and chain.end > datetime.now(timezone.utc):
        yield unknown(_SUBJECT, f"{chain.identity}, until {_time(chain.end)}; the cluster's root is not known")
    elif state.words == _NONE:
        yield fault(_SUBJECT, f"there is none; {token}", _cause_of_none(view.signer, state.token_usable), REPAIR)
    else:
        words = state.words.partition(":")[0] if state.words.startswith("ended") else state.words
        yield fault(
            _SUBJECT,
            f"{words}; {token}",
            f"the machine was off, or cut off from {view.signer}, for longer than its certificate holds"
            if words.startswith("ended")
            else "the machine was joined to another mesh, or as another workload, or the cluster has a new root",
            f"{REPAIR}; a new token is made for it",
        )


def _cause_of_none(signer: str, token_usable: bool) -> str:
    if token_usable:
        return f"the machine has not got one from {signer} yet, or it was removed"
    return f"certificate and token were removed: at its next start the machine has nothing to show to {signer}"


def _token_words(view: MachineView, usable: bool) -> str:
    end = view.seen.token_end
    if end is None:
        return "no token of its account"
    return f"token {'until' if usable else 'of no use, until'} {_time(datetime.fromtimestamp(end, timezone.utc))}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
