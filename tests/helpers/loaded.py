"""Commands as copies of a process that has both programs loaded already.

Each is a process of its own, with its own arguments, environment, pipes and exit code, that can
be interrupted and killed like any other. What it is spared is to load some hundred modules: half a
second of processor time, for each of hundreds of commands. The installed scripts themselves start
where a test uses `commands.script`, in every test of the window, and wherever copies are not used.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 128 * 1024  # of one request: words and an environment
PROGRAMS = {"yizhan": "desktop.cli", "yizhan-server": "server.cli"}
LOADED = (
    *PROGRAMS.values(),
    "desktop.cli.running",
    "desktop.cli.commands",
    "server.app",
    "server.opening",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlcipher3.dbapi2",
    "alembic.command",
    "uvicorn",
    "uvicorn.protocols.http.auto",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
)


class Nursery:
    """The loaded process, and the way to ask it for a copy of itself."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.helpers.loaded", str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONWARNINGS": "error"},
            )

    def start(self, name: str, words: Sequence[str], given: str, env: Mapping[str, str]) -> Copy:
        """Start a command with `given` on standard input."""
        told, theirs = socket.socketpair()
        (source, sink), (out, out_w), (err, err_w) = os.pipe(), os.pipe(), os.pipe()
        request = {"name": name, "words": list(words), "env": dict(env), "cwd": str(Path.cwd())}
        handles = [source, out_w, err_w, theirs.detach()]
        socket.send_fds(self._control, [json.dumps(request).encode()], handles)
        for handle in handles:
            os.close(handle)
        with suppress(BrokenPipeError), os.fdopen(sink, "w", encoding="utf-8") as stdin:
            stdin.write(given)
        return Copy([name, *words], told, out, err)

    def close(self) -> None:
        """End the loaded process; copies that run still go on."""
        self._control.close()
        self._process.wait(timeout=30)


class Copy:
    """A command that runs: what tests use of a subprocess.Popen, and alike."""

    stdin = None

    def __init__(self, args: Sequence[str], told: socket.socket, out: int, err: int) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        self._told = told
        self.stdout = os.fdopen(out, encoding="utf-8")  # closed by `communicate`
        self.stderr = os.fdopen(err, encoding="utf-8")
        self._heard: dict[str, str] = {}
        self._readers: list[threading.Thread] = []
        self.pid = int(self._word())

    def _word(self) -> bytes:
        word = self._told.recv(64)
        if not word:
            raise RuntimeError(f"the loaded process has ended, and {self.args} is not known of")
        return word

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code. Raises: TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            self.returncode = int(self._word())
            self._told.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what it has written when it has ended. Raises: TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        if not self._readers:
            self._readers = [self._reader(name) for name in ("stdout", "stderr")]
        for reader in self._readers:
            reader.join(_left(until))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        self.wait(_left(until))
        return self._heard["stdout"], self._heard["stderr"]

    def _reader(self, name: str) -> threading.Thread:
        def read() -> None:
            with getattr(self, name) as stream:
                self._heard[name] = stream.read()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader

    def send_signal(self, how: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _left(until: float | None) -> float | None:
    return None if until is None else max(0.0, until - time.monotonic())


# -- in the loaded process ---------------------------------------------------------------


def main(control: socket.socket) -> None:
    """Load both programs; fork at each request; become the command in the copy."""
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()  # what is loaded is shared by all copies, and looked at by none
    become(*requested(control))()


def requested(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return, in a copy, what it is to be; tell of copies that ended meanwhile.

    When nobody can ask any more, this process ends.
    """
    running: dict[int, tuple[int, socket.socket]] = {}  # by a handle of the process
    while True:
        watched: list[Any] = [control, *running]
        ready, _, _ = select.select(watched, [], [])
        for handle in running.keys() & set(ready):
            _tell_end(handle, *running.pop(handle))
        if control not in ready:
            continue
        message, handles, _, _ = socket.recv_fds(control, MOST_BYTES, 4)
        if not message:
            control.close()
            sys.exit(0)
        pid = os.fork()
        if pid == 0:
            _forget(control, running)
            return json.loads(message), handles
        running[os.pidfd_open(pid)] = (pid, _asker(pid, handles))


def _asker(pid: int, handles: list[int]) -> socket.socket:
    *streams, asker = handles
    for handle in streams:
        os.close(handle)
    connection = socket.socket(fileno=asker)
    connection.sendall(str(pid).encode())
    return connection


def _tell_end(handle: int, pid: int, asker: socket.socket) -> None:
    os.close(handle)
    _, status = os.waitpid(pid, 0)
    with asker, suppress(BrokenPipeError):  # who does not wait for it any more need not know
        asker.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _forget(control: socket.socket, running: Mapping[int, tuple[int, socket.socket]]) -> None:
    with ExitStack() as stack:
        stack.callback(control.close)
        for handle, (_, asker) in running.items():
            stack.callback(os.close, handle)
            stack.callback(asker.close)


def become(request: dict[str, Any], handles: list[int]) -> Callable[[], None]:
    """Take on the streams, words and environment of a command; return its entry."""
    for number, handle in enumerate(handles[:3]):
        os.dup2(handle, number)
    for handle in handles:
        os.close(handle)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = [request["name"], *request["words"]]
    entry: Callable[[], None] = importlib.import_module(PROGRAMS[request["name"]]).entry
    return entry


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
