"""What every test of the window may ask for; and nothing may keep the window's thread busy."""

from __future__ import annotations

import gc
from contextlib import contextmanager

import pytest

from desktop.jobs.collector import Collector
from desktop.jobs.watchdog import Watchdog
from tests.helpers.second_try import place_of


class Stalls:
    """The stalls of one test. What is built before anybody waits may be left out."""

    def __init__(self):
        self.found = []
        self._start()

    def _start(self):
        self._watchdog = Watchdog(self.found.append, within=("desktop.views",))
        self._watchdog.start()

    def stop(self):
        self._watchdog.stop()

    @contextmanager
    def left_out(self):
        """Do not watch inside the block: with stalls.left_out(): window = build()."""
        self.stop()
        yield
        self._start()


@pytest.fixture(autouse=True, scope="session")
def collecting(qapp):
    """Collect garbage on this thread, as the window does; a widget dies on no other."""
    collector = Collector()
    collector.start()
    yield
    collector.stop()


@pytest.fixture(autouse=True)
def freed():
    """Free what a test has left, on this thread."""
    yield
    gc.collect(1)


@pytest.fixture(autouse=True)
def stalls(qapp, judge):
    """Fail the test if a call into the window keeps its thread busy for over 100 ms each time."""
    watched = Stalls()
    yield watched
    watched.stop()
    judge.findings({place_of(stall.stack): str(stall) for stall in watched.found})
