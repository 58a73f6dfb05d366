"""uvicorn on a thread of this process, that ends when it is told to and not at its next look.

uvicorn looks ten times a second whether it shall end, and then gives its connections a tenth of a
second more: a quarter of a second for each of hundreds of servers.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any

import uvicorn

DATE_S = 1.0  # between two dates in the head of a reply
LOOK_S = 0.002  # whether the last reply is out


class PromptServer(uvicorn.Server):
    """Serves from `start` to `leave`."""

    _told: asyncio.Event | None = None
    _own_loop: asyncio.AbstractEventLoop

    def start(self, listener: socket.socket) -> None:
        """Serve on a thread of its own; return once it takes calls."""
        run: Any = self.run
        self._thread = threading.Thread(target=run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        while not self.started and self._thread.is_alive():
            self._thread.join(0.005)

    def leave(self, timeout_s: float = 30) -> None:
        """Let the last replies out, and end."""
        self.should_exit = True
        if self._told is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._own_loop.call_soon_threadsafe(self._told.set)
        self._thread.join(timeout_s)

    async def main_loop(self) -> None:
        self._own_loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), DATE_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for closed in (*self.servers, *(sockets or [])):
            closed.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:
            await asyncio.sleep(LOOK_S)
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()
