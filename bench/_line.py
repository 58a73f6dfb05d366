"""A bad line in user space: a TCP relay on loopback with a rate, a delay, and cuts.

Tests and benches put it between a laptop and a server that are both real. Both directions have
the rate each; all connections share it, as on one cable. Run it in a process of its own
(`own_process`) where the time that it takes must not be the measured program's.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

LOOPBACK = "127.0.0.1"
PIECE = 8 * 1024
PIECE_S = 0.02  # of a slow line a piece is smaller: bytes come one after another, not in lumps
IN_FLIGHT_S = 0.25  # what a cable and its buffers hold beside the delay itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a line is like. None and 0: as good as loopback is."""

    bits_per_s: float | None = None
    round_trip_s: float = 0.0
    cut_every: int | None = None  # bytes towards the client, of all connections, between two cuts


@dataclass(slots=True)
class Counted:
    """What went over a line."""

    connections: int = 0
    cuts: int = 0
    bytes_up: int = 0
    bytes_down: int = 0


@dataclass
class _Way:
    """One direction of the cable: when it is free again, and what is left until the next cut."""

    shape: Shape
    free_at: float = 0.0
    until_cut: int | None = None

    def arrival(self, size: int) -> float:
        """Return when `size` bytes that are sent now will have arrived, in the loop's seconds."""
        now = time.monotonic()
        taken = size * 8 / self.shape.bits_per_s if self.shape.bits_per_s else 0.0
        self.free_at = max(now, self.free_at) + taken
        return self.free_at + self.shape.round_trip_s / 2


@dataclass
class SlowLine:
    """`with SlowLine(server_port, Shape(...)) as line:` listens on `line.port` meanwhile."""

    target_port: int
    shape: Shape = field(default_factory=Shape)
    counted: Counted = field(default_factory=Counted)
    port: int = 0

    def __post_init__(self) -> None:
        self._up = _Way(self.shape)
        self._down = _Way(self.shape, until_cut=self.shape.cut_every)
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slow-line", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> SlowLine:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Break every connection that is open now."""
        self._loop.call_soon_threadsafe(self._cut)

    # --- in the loop's thread ---

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for writer in self._open:
            writer.transport.abort()
        if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks, timeout=self.shape.round_trip_s + IN_FLIGHT_S + 2)

    async def _connected(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        self.counted.connections += 1
        try:
            from_server, to_server = await asyncio.open_connection(LOOPBACK, self.target_port)
        except OSError:
            to_client.close()
            return
        both = {to_client, to_server}
        self._open |= both
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._relay(from_client, to_server, self._up))
                ways.create_task(self._relay(from_server, to_client, self._down))
        except* OSError:
            pass  # one end has broken it: that is the end of both
        finally:
            self._open -= both
            for writer in both:
                with suppress(OSError, RuntimeError):
                    writer.close()

    async def _relay(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: _Way
    ) -> None:
        """Carry bytes one way; two tasks, so that delay does not lower the rate."""
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(self._pieces_in_flight())
        async with asyncio.TaskGroup() as pair:
            pair.create_task(self._take(source, way, held))
            pair.create_task(self._deliver(held, sink, way))

    def _pieces_in_flight(self) -> int:
        rate = self.shape.bits_per_s
        if not rate:
            return 64
        held = rate / 8 * (self.shape.round_trip_s + IN_FLIGHT_S)
        return max(2, int(held / self._piece()))

    def _piece(self) -> int:
        rate = self.shape.bits_per_s
        return PIECE if not rate else min(PIECE, max(64, int(rate / 8 * PIECE_S)))

    async def _take(
        self, source: asyncio.StreamReader, way: _Way, held: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        while piece := await source.read(self._piece()):
            await held.put((way.arrival(len(piece)), piece))
        await held.put((0.0, b""))

    async def _deliver(
        self, held: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter, way: _Way
    ) -> None:
        while True:
            at, piece = await held.get()
            if not piece:
                sink.close()
                return
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            whole = self._count(way, piece)
            sink.write(whole)
            await sink.drain()
            if len(whole) < len(piece):
                self._cut()
                return

    def _count(self, way: _Way, piece: bytes) -> bytes:
        """Return so much of a piece as comes through before the next cut."""
        if way is self._up:
            self.counted.bytes_up += len(piece)
            return piece
        if way.until_cut is not None:
            piece, way.until_cut = piece[: way.until_cut], way.until_cut - len(piece)
            if way.until_cut < 0:
                way.until_cut = self.shape.cut_every
        self.counted.bytes_down += len(piece)
        return piece

    def _cut(self) -> None:
        self.counted.cuts += 1
        for writer in self._open:
            writer.transport.close()


@contextmanager
def own_process(target_port: int, shape: Shape) -> Iterator[OwnLine]:
    """Run a line in a process of its own; `counted` is filled when the block ends."""
    fresh = multiprocessing.get_context("spawn")
    here, there = fresh.Pipe()
    process = fresh.Process(target=_in_process, args=(there, target_port, shape), daemon=True)
    process.start()
    line = OwnLine(port=here.recv())
    try:
        yield line
    finally:
        here.send(None)
        line.counted = here.recv()
        process.join(10)


@dataclass
class OwnLine:
    """A line that runs elsewhere."""

    port: int
    counted: Counted = field(default_factory=Counted)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


def _in_process(pipe: Connection[Any, Any], target_port: int, shape: Shape) -> None:
    with SlowLine(target_port, shape) as line:
        pipe.send(line.port)
        pipe.recv()
    pipe.send(line.counted)
