"""Every file that work leaves behind, be it for a moment only, and a search through all of it.

A person's home, configuration, caches and temporary folder are watched: each file gets a second
name as soon as it is made, so that removing it takes nothing from the search; one that is there for
less than a millisecond may escape. What the person asked for lies elsewhere (`Home.work`).
"""

from __future__ import annotations

import base64
import ctypes
import os
import select
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from tests.attack.registry import Run

IN_MADE, IN_MOVED_TO, IN_FOLDER = 0x100, 0x80, 0x40000000
CODES = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")


@dataclass
class Home:
    """A person's home and temporary folders, the profile, and what was ever in them."""

    root: Path
    kept: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for folder in (*self.watched(), self.aside, self.work):
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)

    @property
    def profile(self) -> Path:
        return self.root / "home" / "profile"

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    @property
    def work(self) -> Path:
        """What the person asks to be written, in clear: no leak."""
        return self.root / "asked-for"

    @property
    def aside(self) -> Path:
        return self.root / "aside"

    def watched(self) -> list[Path]:
        names = ("home", "home/.cache", "home/.config", "home/.local/share", "home/profile")
        logs = ("home/profile/logs", "home/profile/reports")
        return [*(self.root / name for name in (*names, *logs)), self.temporary]

    def environment(self) -> dict[str, str]:
        here = {name: str(self.temporary) for name in ("TMPDIR", "TMP", "TEMP", "SQLITE_TMPDIR")}
        return here | {
            "HOME": str(self.root / "home"),
            "XDG_CACHE_HOME": str(self.root / "home/.cache"),
            "XDG_CONFIG_HOME": str(self.root / "home/.config"),
            "XDG_DATA_HOME": str(self.root / "home/.local/share"),
        }

    def keep(self, file: Path) -> None:
        """Give a file a second name, so that removing it takes nothing from us."""
        with suppress(OSError):  # gone before we came, or a folder
            found = file.lstat()
            if (found.st_dev, found.st_ino) not in self.kept:
                self.aside.joinpath(f"{len(self.kept)}-{file.name}").hardlink_to(file)
                self.kept.add((found.st_dev, found.st_ino))


class _Watch:
    """What Linux tells of new files in folders, and in folders that are made in them."""

    def __init__(self, home: Home) -> None:
        self.home, self.libc = home, ctypes.CDLL(None, use_errno=True)
        self.told = self.libc.inotify_init()
        self.folders: dict[int, Path] = {}
        for folder in home.watched():
            self.add(folder)
        if self.told < 0 or -1 in self.folders:
            raise OSError(ctypes.get_errno(), "nobody tells of new files")

    def add(self, folder: Path) -> None:
        given = self.libc.inotify_add_watch(self.told, os.fsencode(folder), IN_MADE | IN_MOVED_TO)
        self.folders[given] = folder

    def go_on(self, stop: int) -> None:
        while True:
            ready, _, _ = select.select([self.told, stop], [], [])
            if self.told not in ready:
                return
            for watch, mask, name in _events(os.read(self.told, 65536)):
                self._seen(self.folders[watch] / name, is_folder=bool(mask & IN_FOLDER))

    def _seen(self, made: Path, *, is_folder: bool) -> None:
        if not is_folder:
            self.home.keep(made)
        elif made.is_dir() and not made.is_symlink():
            self.add(made)
            with suppress(FileNotFoundError):  # gone again
                for file in list(made.iterdir()):  # made before we listened
                    self._seen(file, is_folder=file.is_dir())


@contextmanager
def watched(home: Home) -> Iterator[None]:
    """Keep every file that is made in one of the folders (Linux tells at once)."""
    watch = _Watch(home)
    stop, stopped = os.pipe()
    keeper = Thread(target=watch.go_on, args=(stop,), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        os.close(stopped)
        keeper.join()
        os.close(watch.told)
        os.close(stop)


def _events(raw: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield (watch, mask, file name) of a reading of inotify(7)."""
    while raw:
        watch, mask, _, length = struct.unpack_from("iIII", raw)
        yield watch, mask, os.fsdecode(raw[16 : 16 + length].rstrip(b"\0"))
        raw = raw[16 + length :]


@contextmanager
def around(environment: dict[str, str]) -> Iterator[None]:
    """Let commands run in this environment."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def search(run: Run, home: Home, planted: Sequence[str], also: Iterable[Path] = ()) -> None:
    """Look for every planted word in every writing through all that is there or was."""
    files = [
        *(file for folder in (home.root / "home", home.temporary) for file in folder.rglob("*")),
        *home.aside.iterdir(),
        *also,
    ]
    looked = [file for file in files if file.is_file() and not file.is_symlink()]
    for file in looked:
        run.tried("file searched")
        _look_into(run, file, str(file.relative_to(home.root)), planted)
    run.expect(any(file.name.startswith("replica.db") for file in looked), "no replica was seen")


def _look_into(run: Run, file: Path, where: str, planted: Sequence[str]) -> None:
    content = file.read_bytes()
    for number, word in enumerate(planted):
        for way, writing in writings(word):
            run.expect(writing not in content, f"planted word {number} as {way} in {where}")
    run.expect(not any(w in where for w in planted), "a file is named after a planted word")


def writings(word: str) -> Iterator[tuple[str, bytes]]:
    """Yield a word as programs write it down."""
    plain = word.encode()
    for code in CODES:
        yield code, word.encode(code)
    yield "JSON", word.encode("ascii", "backslashreplace") if not word.isascii() else plain
    yield "URL", quote(word).encode()
    yield "hex", plain.hex().encode()
    for start in range(3):  # whatever stands before it
        yield "base64", base64.b64encode(b" " * start + plain)[start + (start > 0) : -4]
