"""Connections that a load balancer takes at its own addresses and carries on to a node's port."""

import asyncio
import contextlib
import threading
from collections.abc import Mapping

Place = tuple[str, int]


class Forwarding:
    """What is listened on at the moment, and to where it leads; a listener that goes cuts its connections."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: dict[Place, tuple[Place, asyncio.Server, set[asyncio.Task[None]]]] = {}
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def lead(self, wanted: Mapping[Place, Place]) -> None:
        """Listen at these places alone, each for the place that it leads to."""
        asyncio.run_coroutine_threadsafe(self._lead(wanted), self._loop).result(timeout=10)

    async def _lead(self, wanted: Mapping[Place, Place]) -> None:
        for place, (target, server, connections) in list(self._servers.items()):
            if wanted.get(place) != target:
                server.close()
                for connection in connections:
                    connection.cancel()
                del self._servers[place]
        for place, target in wanted.items():
            if place not in self._servers:
                connections: set[asyncio.Task[None]] = set()
                server = await asyncio.start_server(_carrying(target, connections), *place)
                self._servers[place] = (target, server, connections)


def _carrying(target: Place, connections: set[asyncio.Task[None]]):
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        connections.add(task)
        ends, cancelled = [writer], False
        try:
            back, onward = await asyncio.open_connection(*target)
            ends.append(onward)
            await asyncio.gather(_copy(reader, onward), _copy(back, writer))
        except OSError:
            pass
        except asyncio.CancelledError:
            cancelled = True
        finally:
            connections.discard(task)
            for end in ends:
                end.transport.abort() if cancelled else end.close()

    return carry


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(1 << 16):
        target.write(data)
        await target.drain()
    with contextlib.suppress(OSError):
        target.write_eof()
