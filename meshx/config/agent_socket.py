"""The socket of an SSH agent."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo

from meshx.config.files import ProjectFile, found
from meshx.config.words import Words


def _socket(value: object, info: ValidationInfo) -> ProjectFile:
    return found(value, info, Path.is_socket, "socket")


AgentSocket = Annotated[ProjectFile, BeforeValidator(_socket), Words("the path of a socket (text)")]
