"""Arguments of a mesh: probe. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import NotRequired


class TcpProbeArgs(TypedDict):
    """Healthy when the port accepts a connection on 127.0.0.1. If the program listens on other addresses only, use
    http or exec."""

    port: int
    """The port on the machine."""


class HttpProbeArgs(TypedDict):
    """Healthy when a GET is answered with a status from 200 to 399."""

    port: int
    """The port on the machine."""
    path: NotRequired[str]
    """The path to ask for."""
    scheme: NotRequired[Literal["HTTP", "HTTPS"]]
    """HTTP or HTTPS."""
    host: NotRequired[str]
    """The host to ask. Left out: the machine itself."""
    headers: NotRequired[Mapping[str, str]]
    """Headers to send along."""


class ExecProbeArgs(TypedDict):
    """Healthy when a command on the machine ends with 0."""

    command: Sequence[str]
    """The command and its arguments, without a shell."""


class ProbeArgs(TypedDict):
    """The probe that decides whether machines are healthy: one of tcp, http and exec, and its times."""

    tcp: NotRequired[TcpProbeArgs]
    """Healthy when a port accepts a connection."""
    http: NotRequired[HttpProbeArgs]
    """Healthy when a GET is answered with a status from 200 to 399."""
    exec: NotRequired[ExecProbeArgs]
    """Healthy when a command on the machine ends with 0."""
    initial_delay_seconds: NotRequired[int]
    """How long the first check waits, in seconds."""
    timeout_seconds: NotRequired[int]
    """How long a check may take, in seconds."""
    period_seconds: NotRequired[int]
    """The pause between checks, in seconds."""
    success_threshold: NotRequired[int]
    """How many good checks in a row make a machine healthy."""
    failure_threshold: NotRequired[int]
    """How many bad checks in a row make it unhealthy."""
