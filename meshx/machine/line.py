"""The one connection to a machine that an operation has."""

from __future__ import annotations

from contextlib import AsyncExitStack

from meshx.machine.join_inputs import Connection
from meshx.machine.ssh.session import Session, open_session
from meshx.machine.ssh.shared_connections import connections
from meshx.machine.surroundings import Surroundings


class Line:
    """Opened when it is first needed, kept to the operation's end, and opened anew where it was lost. A context.

    Its place among all connections is the operation's: one whose connection was lost does not queue up again behind
    those that wait for it to end.
    """

    def __init__(self, machine: str, connection: Connection, around: Surroundings) -> None:
        self.machine = machine
        self.around = around
        self._connection = connection
        self._place = AsyncExitStack()
        self._has_place = False
        self._opened = AsyncExitStack()
        self._session: Session | None = None

    async def __aenter__(self) -> Line:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._opened.aclose()
        await self._place.aclose()

    async def session(self, patient: bool = False) -> Session:
        """The session that is open, or a new one; `patient` as in `open_session`. Raises UnreachableError."""
        around, operation = self.around, self.around.operation
        if not self._has_place:
            await self._place.enter_async_context(connections().place(around.max_connections, operation.cancelled))
            self._has_place = True
        if self._session is None or self._session.lost:
            await self._opened.aclose()
            self._session = await self._opened.enter_async_context(
                open_session(
                    self.machine,
                    self._connection,
                    around.key,
                    operation.warn,
                    patient=patient,
                    cancelled=operation.cancelled,
                )
            )
        return self._session
