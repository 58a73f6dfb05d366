"""The server's process: `yizhan-server serve`, with failpoints that can be armed and steered."""

from __future__ import annotations

import logging
import os
import threading

import uvicorn.lifespan.on
import uvicorn.loops.auto

from server import app, cli
from server.exchange import accept, accounts, epoch, failpoints, hand, handover, read  # noqa: F401
from server.routes import messages, sync  # noqa: F401
from server.store import database
from tests.fuzz import plants
from tests.fuzz.hooks import Failpoints, SeededIds
from tests.helpers.seat_kinds import SEATED

import uvicorn.protocols.http.auto  # noqa: F401 isort:skip


def hasten():
    """A power cut of the computer is not among what is tried; a killed process is."""
    database.SQLITE_PRAGMAS = tuple(
        pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in database.SQLITE_PRAGMAS
    )


def know_seats():
    """Let the server speak of kinds that have seats: the program itself has none yet."""
    product = app.open_exchange

    def open_exchange(settings, _schema=SEATED, now=app.utc_now):
        return product(settings, SEATED, now)

    app.open_exchange = open_exchange


class Pause:
    """Lets the server wait at a failpoint until it is told to go on."""

    def __init__(self, connection, points):
        self._connection, self._points = connection, points
        self._go = threading.Event()

    def at(self, name):
        self._go.clear()
        self._points.handlers[name] = self._wait

    def _wait(self):
        self._connection.send(("fine", "paused"))
        self._go.wait(20)

    def go(self):
        self._points.handlers.clear()
        self._go.set()


def main(connection, ready, folder, seed_parts, plant):
    """Run the command; its first line goes to `ready`, orders come by `connection`."""
    SeededIds().seed(*seed_parts)
    points = Failpoints("server", failpoints)
    logging.getLogger().addHandler(logging.NullHandler())  # not on the screen
    hasten()
    know_seats()
    plants.plant("server", plant)
    os.dup2(ready.fileno(), 1)
    pause = Pause(connection, points)
    orders = {"kill": points.arm, "pause": pause.at, "go": pause.go}
    threading.Thread(target=_hear, args=(connection, orders), daemon=True).start()
    os._exit(cli.main(["serve", "--data", str(folder), "--port", "0", "--json"]))


def _hear(connection, orders):
    """Orders get no answer: the only word from here is that the server pauses."""
    while True:
        try:
            order, given = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        orders[order](**given)
