"""The one connection to a machine that an operation has."""

from __future__ import annotations

from contextlib import AsyncExitStack

from meshx.machine.join_inputs import Connection
from meshx.machine.ssh.session import Session, open_session
from meshx.machine.surroundings import Surroundings


class Line:
    """Opened when it is first needed, kept to the operation's end, and opened anew where it was lost. A context."""

    def __init__(self, machine: str, connection: Connection, around: Surroundings) -> None:
        self.machine = machine
        self.around = around
        self._connection = connection
        self._opened = AsyncExitStack()
        self._session: Session | None = None

    async def __aenter__(self) -> Line:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._opened.aclose()

    async def session(self, patient: bool = False) -> Session:
        """The session that is open, or a new one; `patient` as in `open_session`. Raises UnreachableError."""
        if self._session is None or self._session.lost:
            await self._opened.aclose()
            self._session = await self._opened.enter_async_context(
                open_session(self.machine, self._connection, self.around.key, self.around.operation.warn, patient)
            )
        return self._session
