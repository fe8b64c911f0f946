"""The socket of an SSH agent."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from meshx.config.errors.words import Words
from meshx.config.values.files import ProjectFile, found


def _socket(value: object, info: ValidationInfo) -> ProjectFile:
    return found(value, info, Path.is_socket, "socket")


AgentSocket = Annotated[ProjectFile, BeforeValidator(_socket), Words("the path of a socket (text)")]
