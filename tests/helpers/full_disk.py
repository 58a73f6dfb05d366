"""A disk without room, for as long as a block lasts: no file of this process may grow further."""

from __future__ import annotations

from contextlib import contextmanager

import pytest


@contextmanager
def full_disk(room_bytes=0):
    """Let the system refuse every byte (RLIMIT_FSIZE); skip the test where there is none."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
