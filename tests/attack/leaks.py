"""A day by command: does any file outside the replica ever hold a customer's name or number?

Whatever is written to the home folder, the temporary folder, the profile or the server's log is
looked through, files that were there for a moment only as well: each gets a second name as soon
as it is made. Files that the person asked for (an export, labels) lie elsewhere and do not count.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.attack.registry import Run, attack, weakness
from tests.attack.traces import Home, around, search, watched
from tests.helpers import commands
from tests.helpers.commands import Laptop, Server

NAME, PHONE, NUMBER = "龚阙素娥", "15400077312", "430424195503129917"
ADDRESS, NOTE = "石湾社区老粮站后头", "她说存折在枕头底下"
ASKED = "询价时漏出来的话"
PASSPHRASE, PASSWORD, OWN_PASSWORD = "四 匹 灰 马 过 桥 -42", "erstes-Wort-11", "eigenes-Wort-77"
VILLAGE = "石湾社区"
PLANTED = (NAME, PHONE, NUMBER, ADDRESS, NOTE, ASKED, PASSPHRASE, PASSWORD, OWN_PASSWORD)
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
    search(run, home, PLANTED, (home.root / "server" / "logs").glob("*"))


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


@weakness("leaks")
def a_library_keeps_words_in_a_temporary_file(patch) -> None:
    patch.setattr("tests.attack.leaks.LOOSE", [f"recently: {NAME}"])
