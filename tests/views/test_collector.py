"""Garbage that holds a widget is destroyed on the GUI thread, whoever allocates."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtWidgets import QWidget

from desktop.jobs.collector import Collector


@pytest.fixture
def collector(qapp):
    made = Collector()
    yield made
    made.stop()
    gc.disable()  # as the fixture of all these tests has it


def drop_a_cycle(ends):
    """Make a widget that only the collector can free; note the thread that frees it."""
    widget = QWidget()
    widget.itself = widget
    weakref.finalize(widget, lambda: ends.append(threading.get_ident()))


def allocate_much():
    kept = [[number] for number in range(300_000)]
    return len(kept)


def on_a_thread(work):
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def test_a_widget_in_a_cycle_is_freed_on_the_gui_thread(qtbot, collector):
    ends = []
    collector.start()
    drop_a_cycle(ends)
    on_a_thread(allocate_much)
    assert ends == []
    collector._last_whole -= 3600  # half a minute has passed
    qtbot.waitUntil(lambda: bool(ends), timeout=20_000)
    assert ends == [threading.get_ident()]


def test_left_to_itself_python_frees_it_on_whatever_thread_allocates():
    """What the collector is for: without it the same widget ends on a worker thread."""
    ends = []
    gc.collect()
    gc.enable()
    drop_a_cycle(ends)
    on_a_thread(allocate_much)
    gc.disable()
    assert ends
    assert ends != [threading.get_ident()]


def test_young_garbage_is_freed_within_a_moment_of_work(qtbot, collector):
    ends = []
    collector.start()
    drop_a_cycle(ends)
    kept = [[number] for number in range(5_000)]
    qtbot.waitUntil(lambda: bool(ends), timeout=20_000)
    assert len(kept) == 5_000
