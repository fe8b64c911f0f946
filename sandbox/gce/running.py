"""The parts of the sandbox that make the stand-in cloud: its process and its packet rules."""

import sys

from sandbox.gce import packet_rules, token_review
from sandbox.network import inside, listens
from sandbox.paths import REPO, STATE
from sandbox.supervisor import NotReadyError, Part


def _check() -> None:
    if not listens(token_review.PORT):
        raise NotReadyError("its webhook does not listen yet")


PARTS = (
    Part("gce-packet-rules", needs=("network",), prepare=packet_rules.apply),
    Part(
        "gce",
        needs=("network",),
        command=lambda: inside(sys.executable, "-m", "sandbox.gce"),
        environment=lambda: {"PYTHONPATH": str(REPO), "MESHX_SANDBOX_STATE": str(STATE)},
        check=_check,
    ),
)
