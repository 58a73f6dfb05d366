"""Child processes that are forked from one that has loaded everything: a start costs 20 ms.

A child answers commands over a pipe, one at a time. It may be killed at any moment.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback

ANSWER_S = 60.0
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.fuzz.laptop", "tests.fuzz.office", "tests.fuzz.serving"])


class Died(Exception):
    """The child is no more."""


class Broken(Exception):
    """The child met an error that no part of the product should let through."""


class Child:
    """A process that runs `main(connection, *arguments)`."""

    def __init__(self, main, *arguments):
        self._here, there = _forks.Pipe()
        self.process = _forks.Process(target=main, args=(there, *arguments), daemon=True)
        self.process.start()
        there.close()

    def call(self, command, **given):
        """Ask and return the answer. Raises: Died, Broken."""
        self.send(command, **given)
        return self.answer()

    def send(self, command, **given):
        try:
            self._here.send((command, given))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died from error

    def has_answer(self, timeout_s):
        return self._here.poll(timeout_s)

    def answer(self, timeout_s=ANSWER_S):
        """Return the answer to what was sent. Raises: Died, Broken."""
        try:
            if not self._here.poll(timeout_s):
                raise Broken("no answer in time")
            kind, value = self._here.recv()
        except (EOFError, ConnectionResetError) as error:
            raise Died from error
        if kind == "broken":
            raise Broken(value)
        return value

    @property
    def is_alive(self):
        return self.process.is_alive()

    def kill(self):
        """End it at once, as a power cut would, and wait until it is gone."""
        self.process.kill()
        self.process.join(30)
        self._here.close()


def serve_commands(connection, commands):
    """Answer commands until the other side hangs up: {name: function(**given)}."""
    while True:
        try:
            command, given = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            answer = ("fine", commands[command](**given))
        except BaseException:  # noqa: BLE001 - it is handed over, and the run fails by it
            answer = ("broken", traceback.format_exc())
        connection.send(answer)
