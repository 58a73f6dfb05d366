"""A day by command: does any file outside the replica ever hold a customer's name or number?

Whatever is written to the home folder, the temporary folder, the profile or the server's log is
looked through, files that were there for a moment only as well: each gets a second name as soon
as it is made. Files that the person asked for (an export, labels) lie elsewhere and do not count.
"""

from __future__ import annotations

import base64
import ctypes
import os
import select
import signal
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from urllib.parse import quote

from tests.attack.registry import Run, attack, weakness
from tests.helpers import commands
from tests.helpers.commands import Laptop, Server

NAME, PHONE, NUMBER = "龚阙素娥", "15400077312", "430424195503129917"
ADDRESS, NOTE = "石湾社区老粮站后头", "她说存折在枕头底下"
ASKED = "询价时漏出来的话"
PASSPHRASE, PASSWORD, OWN_PASSWORD = "四 匹 灰 马 过 桥 -42", "erstes-Wort-11", "eigenes-Wort-77"
VILLAGE = "石湾社区"
PLANTED = (NAME, PHONE, NUMBER, ADDRESS, NOTE, ASKED, PASSPHRASE, PASSWORD, OWN_PASSWORD)
IN_MADE, IN_MOVED_TO = 0x100, 0x80
CODES = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gb18030")
LOOSE: list[str] = []  # what a planted weakness leaves in the temporary folder for a moment


@attack("leaks", quick_s=0.0, full_s=30.0)
def leaks(run: Run) -> None:
    """Planted names, numbers and secrets are searched for in every file that a day's work makes."""
    home = Home(run.folder)
    with watched(home), around(home.environment()), copies():
        server = _branch(run.folder)
        try:
            _day(run, home, server)
            while run.going():
                _killed(run, home, run.dice.uniform(0.05, 0.6))
        finally:
            server.stop()
    _search(run, home)


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


@contextmanager
def watched(home: Home) -> Iterator[None]:
    """Keep every file that is made in one of the folders (Linux tells at once)."""
    libc = ctypes.CDLL(None, use_errno=True)
    told = libc.inotify_init()
    folders = {
        libc.inotify_add_watch(told, os.fsencode(folder), IN_MADE | IN_MOVED_TO): folder
        for folder in home.watched()
    }
    if told < 0 or -1 in folders:
        raise OSError(ctypes.get_errno(), "nobody tells of new files")
    stop, stopped = os.pipe()
    keeper = Thread(target=_keep_all, args=(home, told, stop, folders), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        os.close(stopped)
        keeper.join()
        os.close(told)
        os.close(stop)


def _keep_all(home: Home, told: int, stop: int, folders: dict[int, Path]) -> None:
    while True:
        ready, _, _ = select.select([told, stop], [], [])
        if told not in ready:
            return
        for folder, name in _events(os.read(told, 65536)):
            home.keep(folders[folder] / name)


def _events(raw: bytes) -> Iterator[tuple[int, str]]:
    """Yield (watch, file name) of a reading of inotify(7)."""
    while raw:
        watch, _, _, length = struct.unpack_from("iIII", raw)
        yield watch, os.fsdecode(raw[16 : 16 + length].rstrip(b"\0"))
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


@contextmanager
def copies() -> Iterator[None]:
    """Let commands be copies of a process that has loaded the program: they are many."""
    before, commands.Copies.wanted = commands.Copies.wanted, True
    try:
        yield
    finally:
        commands.Copies.wanted = before


def _branch(folder: Path) -> Server:
    server = Server(folder / "server")
    server.run("init", "--practice")
    server.run("branch", "add", "衡东县支行")
    server.run("user", "add", "lihua", "--name", "李华", secrets=[PASSWORD])
    server.serve()
    return server


def _day(run: Run, home: Home, server: Server) -> None:
    """Everything that a command does with a customer, done rightly and wrongly."""
    laptop = Laptop(home.profile, PASSPHRASE)
    laptop.enrol(server, "lihua", PASSWORD, OWN_PASSWORD)
    known = (f"name={NAME}", f"phone={PHONE}", f"address={ADDRESS}", f"village={VILLAGE}")
    customer = laptop.run("customers", "add", *known)["record"]
    sheet = home.work / "list.csv"
    sheet.write_text(
        f"姓名,手机,证件号码\n{NAME}二,{PHONE},{NUMBER}\n,{PHONE},{NUMBER}9\n", "utf-8-sig"
    )
    torn = home.work / "torn.xlsx"
    torn.write_bytes(b"PK\x03\x04" + f"{NAME}{NUMBER}".encode() * 50)
    show = ["--reveal", "--reason", "call"]
    for code, *words in (
        (0, "customers", "find", NAME),
        (0, "customers", "edit", customer, f"note={NOTE}", f"id_number={NUMBER}"),
        (3, "customers", "edit", customer, f"phone={NAME}{PHONE}"),  # no phone
        (4, "customers", "edit", NAME, f"note={NOTE}"),  # no id
        (0, "customers", "show", customer, *show),
        (0, "visits", "add", customer, "--summary", NOTE, "--place", ADDRESS),
        (1, "import", sheet, "--yes", "--bad-rows", home.work / "to-mend.xlsx"),
        (5, "import", torn, "--yes"),
        (0, "export", home.work / "all.xlsx", "--purpose", "service", "--reason", "form"),
        (5, "export", home.profile / NAME / "x.xlsx", "--purpose", "service", "--reason", "form"),
        (0, "labels", home.work / "l.pdf", "--village", VILLAGE, "--purpose", "service"),
        (0, "sync"),
        (0, "verify", "--full"),
        (0, "receipts", "--customer", NAME),
        (0, "backup", home.work / "copy.yizhan"),
        (0, "doctor"),
        (4, "conflicts", "show", ASKED),
    ):
        _command(run, laptop, code, words)
    wrong = laptop.try_("customers", "find", NAME, secrets=[f"{PASSPHRASE} nicht"])
    run.expect(wrong.code == 6, f"a wrong passphrase ended with {wrong.code}")
    _told(run, ("a wrong passphrase",), wrong)
    for delay in (0.05, 0.2):
        _killed(run, home, delay)
    server.stop()
    _command(run, laptop, 7, ("sync",))
    server.serve()


def _command(run: Run, laptop: Laptop, code: int, words: Sequence[commands.Word]) -> None:
    run.tried("command")
    for word in LOOSE:
        momentary = Path(os.environ["TMPDIR"]) / "momentary"
        momentary.write_text(word, "utf-8")
        momentary.unlink()
    outcome = laptop.try_(*words)
    run.expect(outcome.code == code, f"{' '.join(map(str, words[:1]))} ended with {outcome.code}")
    _told(run, words, outcome)


def _told(run: Run, words: Sequence[commands.Word], outcome: commands.Outcome) -> None:
    """What goes to standard error and into an error's facts names nobody."""
    said = outcome.errors + str(outcome.answer.get("error", ""))
    for number, word in enumerate(PLANTED):
        run.expect(word not in said, f"{words[0]} said planted word {number} in an error")
    run.expect(outcome.code != 70, f"{words[0]} ended with an error of the program")


def _killed(run: Run, home: Home, delay_s: float) -> None:
    """Kill a command in the midst of its work."""
    run.tried("killed command")
    edit = ("visits", "add", "-", "--summary", NOTE) if run.dice.random() < 0.5 else ("sync",)
    process = Laptop(home.profile, PASSPHRASE).start(*edit)
    with suppress(Exception):
        process.communicate(timeout=delay_s)
        return
    process.send_signal(signal.SIGKILL)
    commands.finish(process)


def _search(run: Run, home: Home) -> None:
    """Look for every planted word in every writing through all that is there or was."""
    files = [
        *(file for folder in (home.root / "home", home.temporary) for file in folder.rglob("*")),
        *home.aside.iterdir(),
        *(home.root / "server" / "logs").glob("*"),
    ]
    looked = [file for file in files if file.is_file() and not file.is_symlink()]
    for file in looked:
        run.tried("file searched")
        content = file.read_bytes()
        for number, word in enumerate(PLANTED):
            for way, writing in writings(word):
                where = file.relative_to(home.root)
                run.expect(writing not in content, f"planted word {number} as {way} in {where}")
        names = str(file.relative_to(home.root))
        run.expect(not any(w in names for w in PLANTED), "a file is named after a planted word")
    run.expect(any(file.name.startswith("replica.db") for file in looked), "no replica was seen")


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


@weakness("leaks")
def a_library_keeps_words_in_a_temporary_file(patch) -> None:
    patch.setattr("tests.attack.leaks.LOOSE", [f"recently: {NAME}"])
