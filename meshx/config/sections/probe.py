"""The probe by which a workload's machines are found healthy (Istio's ReadinessProbe)."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Listed, Section
from meshx.config.sections.ports import FreePort
from meshx.config.values.addresses import HostName
from meshx.config.values.names import FilledText
from meshx.rollout.effect import RESTART

NO_PROBE = "none"
Seconds = Annotated[int, Field(ge=1, le=3600), Words("a number of seconds")]
Count = Annotated[int, Field(ge=1, le=100), Words("a number")]


def http_path(text: str) -> str:
    """The path of a URL."""
    if not text.startswith("/") or not text.isprintable() or " " in text:
        refuse(f"{quote(text)} is not the path of a URL", "a path that begins with '/', such as /healthz")
    return text


class TcpProbe(Section):
    """Healthy when the port accepts a connection on 127.0.0.1. If the program listens on other addresses only, use http
    or exec."""

    port: Annotated[FreePort, RESTART] = Field(description="The port on the machine.", examples=[8080])


class HttpProbe(Section):
    """Healthy when a GET is answered with a status from 200 to 399."""

    port: Annotated[FreePort, RESTART] = Field(description="The port on the machine.", examples=[8080])
    path: Annotated[str, AfterValidator(http_path), Words("the path of a URL (text)"), RESTART] = Field(
        default="/", description="The path to ask for.", examples=["/healthz"]
    )
    scheme: Annotated[Literal["HTTP", "HTTPS"], RESTART] = Field(default="HTTP", description="HTTP or HTTPS.")
    host: Annotated[HostName | None, RESTART] = Field(
        default=None, description="The host to ask. Left out: the machine itself.", examples=["127.0.0.1"]
    )
    headers: Annotated[dict[FilledText, str], Words("a group of headers, each a name and a text"), RESTART] = Field(
        default_factory=dict, description="Headers to send along.", examples=[{"X-Probe": "meshx"}]
    )


class ExecProbe(Section):
    """Healthy when a command on the machine ends with 0."""

    command: Annotated[Listed[FilledText], Field(min_length=1), RESTART] = Field(
        description="The command and its arguments, without a shell.", examples=[["/usr/local/bin/check", "--quick"]]
    )


class ProbeConfiguration(Section):
    """The probe that decides whether machines are healthy: one of tcp, http and exec, and its times."""

    tcp: Annotated[TcpProbe | None, RESTART] = Field(
        default=None, description="Healthy when a port accepts a connection."
    )
    http: Annotated[HttpProbe | None, RESTART] = Field(
        default=None, description="Healthy when a GET is answered with a status from 200 to 399."
    )
    exec: Annotated[ExecProbe | None, RESTART] = Field(
        default=None, description="Healthy when a command on the machine ends with 0."
    )
    initial_delay_seconds: Annotated[int, Field(ge=0, le=3600), Words("a number of seconds"), RESTART] = Field(
        default=0, description="How long the first check waits, in seconds."
    )
    timeout_seconds: Annotated[Seconds, RESTART] = Field(
        default=1, description="How long a check may take, in seconds."
    )
    # Istio's own default is 10 s: a machine that has just started would be called 10 s late.
    period_seconds: Annotated[Seconds, RESTART] = Field(default=2, description="The pause between checks, in seconds.")
    success_threshold: Annotated[Count, RESTART] = Field(
        default=1, description="How many good checks in a row make a machine healthy."
    )
    failure_threshold: Annotated[Count, RESTART] = Field(
        default=3, description="How many bad checks in a row make it unhealthy."
    )

    @property
    def checks_nothing(self) -> bool:
        """Whether the file says `probe: none`."""
        return self.tcp is None and self.http is None and self.exec is None


def written_probe(value: object) -> object:
    """Take `probe: none` for a probe that checks nothing."""
    return ProbeConfiguration() if value == NO_PROBE else value
