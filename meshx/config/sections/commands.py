"""The `commands` of a workload or a machine: what users run there themselves."""

from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Listed, Section
from meshx.config.values.names import FilledText
from meshx.rollout.effect import COMMAND


def shell_command(text: str) -> str:
    """A command as a shell takes it, of one line or several."""
    if not text.strip() or "\0" in text:
        refuse(f"expected a command, found {quote(text)}", "a command as the machine's shell takes it")
    if "PRIVATE KEY" in text:
        refuse(
            "there is a private key in the command, which would end up in the state",
            "a command that reads it from a file on the machine",
        )
    return text


ShellCommand = Annotated[str, AfterValidator(shell_command), Words("a command (text)")]


class CommandsConfiguration(Section):
    """Commands that meshx runs on a machine once it has joined, with `sh`, as the user of `ssh`."""

    up: Annotated[ShellCommand, COMMAND] = Field(
        description="Run once, after the machine has joined.", examples=["systemctl enable --now my-server"]
    )
    update: Annotated[ShellCommand | None, COMMAND] = Field(
        default=None,
        description="Run instead when any of these keys or the connection changes; it must be safe to run again. "
        "Left out: a change of `up` runs `down`, then `up`; any other change runs nothing.",
        examples=["systemctl restart my-server"],
    )
    down: Annotated[ShellCommand | None, COMMAND] = Field(
        default=None,
        description="Run when you remove the commands, and when the machine leaves, after its drain.",
        examples=["systemctl disable --now my-server"],
    )
    triggers: Annotated[Listed[FilledText], COMMAND] = Field(
        default=(),
        description="Your own texts, such as a version: when one changes, `down` runs, then `up`.",
        examples=[["v2"]],
    )
    timeout_seconds: Annotated[int, COMMAND] = Field(
        default=600, ge=1, le=86400, description="How long each command may take before it is stopped, in seconds."
    )
