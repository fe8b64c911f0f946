"""The one connection to a machine that an operation uses."""

from __future__ import annotations

from contextlib import AsyncExitStack

from meshx.machine.join_inputs import Connection
from meshx.machine.ssh.session import Session, open_session
from meshx.machine.ssh.shared_connections import connections
from meshx.machine.surroundings import Surroundings


class Line:
    """Opens on first use, reopens if lost, and closes at the operation's end. A context manager.

    The operation keeps its place among all connections: if it loses its connection, it does not queue up again behind
    operations that wait for it to end.
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
        """Return the open session, or a new one; `patient` as in `open_session`. Raises UnreachableError."""
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

    async def rest(self) -> None:
        """Close it, and give its place to others, until the next session."""
        await self._opened.aclose()
        await self._place.aclose()
        self._session, self._has_place = None, False
