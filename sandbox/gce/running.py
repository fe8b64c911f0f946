"""The parts of the sandbox that make the stand-in cloud: its process and its packet rules."""

from sandbox.gce import firewall_rules
from sandbox.kubernetes.control_plane import TOKEN_REVIEW_PORT
from sandbox.network.namespace import inside, listens
from sandbox.supervision.supervisor import NotReadyError, Part, module_command


def _check() -> None:
    if not listens(TOKEN_REVIEW_PORT):
        raise NotReadyError("its webhook does not listen yet")


PARTS = (
    Part("gce-packet-rules", needs=("network",), prepare=firewall_rules.apply),
    Part(
        "gce",
        needs=("network",),
        command=lambda: inside(*module_command("sandbox.gce")),
        check=_check,
    ),
)
