"""A real PostgreSQL server of our own: a throwaway folder, loopback, a free port.

Nothing of it outlives the program that started it, and nothing of it is safe
against a power cut: it is for tests and measurements alone.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

USER = "yizhan"
# Speed over durability: the data lives as long as the run.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
}


class NoPostgres(Exception):
    """There is no PostgreSQL on this computer; the text says what to install."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Databases are made from it by the dozen."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Return the name of a new database, empty or copied from `template`.

        Nobody may be connected to the template meanwhile.
        """
        name = f"d{next(self._numbers)}_{os.getpid()}"
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and close what is still connected to it."""
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        where = f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs.

    YIZHAN_POSTGRESQL names it; else it is where `initdb` is found; else Debian's
    newest. Raises: NoPostgres, with what to do.
    """
    asked = os.environ.get("YIZHAN_POSTGRESQL")
    if (initdb := shutil.which("initdb", path=asked)) is not None:
        return Path(initdb).parent
    folders = [] if asked else list(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise NoPostgres("no PostgreSQL here: `python3 do.py setup` installs it or says how")
    return max(folders, key=lambda folder: float(folder.parent.name))


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """Run a server with an empty cluster, for the length of the block.

    `settings` go before SETTINGS: a measurement may want what is committed to stay.
    """
    programs = find_programs()
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        cluster = _Cluster(programs, Path(folder), {**SETTINGS, **(settings or {})})
        cluster.make()
        port = cluster.start()
        try:
            yield PostgresServer(port)
        finally:
            cluster.stop()


class _Cluster:
    """The folder of a cluster, and PostgreSQL's own programs working on it."""

    def __init__(self, programs: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._programs = programs
        self._folder = folder
        self._identity = _unprivileged(folder)

    def make(self) -> None:
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = self._run("initdb", "--username", USER, *options)
        made.check_returncode()

    def start(self) -> int:
        """Start the server and return its port; a port taken meanwhile is tried anew."""
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        for _ in range(3):
            port = _free_port()
            options = ["-w", "-l", str(self._log), "-o", f"-p {port} {settings}"]
            if self._run("pg_ctl", "start", *options).returncode == 0:
                return port
        raise RuntimeError(self._log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        """End the server whose process number stands in its folder."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder,
            env={**os.environ, "PGDATA": str(self._folder / "data")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
            **self._identity,
        )


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return who PostgreSQL shall run as: it refuses root, so another owns `folder`."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd  # not on Windows

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
