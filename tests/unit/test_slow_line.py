"""The line that tests and benches put between two real programs is as bad as it says."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from bench._line import Shape, SlowLine, own_process

ASKED = b"?"


@contextmanager
def a_sender(content):
    """A server that sends `content` to whoever says one byte, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                if caller.recv(1):
                    caller.sendall(content)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def received(port):
    """Return what comes over one connection, and the seconds it took."""
    started, parts = time.monotonic(), []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        caller.sendall(ASKED)
        try:
            while part := caller.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass  # a cut looks so to some
    return b"".join(parts), time.monotonic() - started


def test_a_line_carries_everything_at_its_rate_and_after_its_delay(judge):
    content = bytes(range(256)) * 400  # 102,400 bytes: 0.41 s at 2 Mbit/s
    shape = Shape(bits_per_s=2e6, round_trip_s=0.1)
    with a_sender(content) as port, SlowLine(port, shape) as line:
        came, seconds = received(line.port)
    assert came == content
    assert seconds >= 0.5
    judge.within(2, seconds, "half a second's line")
    assert (line.counted.bytes_up, line.counted.bytes_down) == (1, len(content))


def test_a_line_is_cut_at_just_that_byte_every_time():
    content = bytes(100_000)
    with a_sender(content) as port, SlowLine(port, Shape(cut_every=30_000)) as line:
        assert [len(received(line.port)[0]) for _ in range(2)] == [30_000, 30_000]
    assert (line.counted.cuts, line.counted.connections) == (2, 2)


def test_a_line_may_run_in_a_process_of_its_own():
    with a_sender(b"abc") as port, own_process(port, Shape()) as line:
        assert received(line.port)[0] == b"abc"
    assert line.counted.bytes_down == 3


def test_who_calls_where_nobody_listens_is_hung_up_on():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with SlowLine(port) as line:
        assert received(line.port)[0] == b""


@pytest.mark.parametrize("cut_every", [1, 8193])
def test_cuts_fall_within_pieces_as_between_them(cut_every):
    with a_sender(bytes(20_000)) as port, SlowLine(port, Shape(cut_every=cut_every)) as line:
        assert len(received(line.port)[0]) == cut_every
