"""A day by window: does anything but the replica ever hold what was seen, typed or copied?

The real window on a private screen: looked at, revealed, copied, typed by half, printed, imported,
broken by a fault, locked, killed, crashed. Then everything that was ever in the home folder, the
caches, the temporary folder and the profile is looked through, and what went to standard error.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

from crm.domain.ids import new_id
from tests.attack.registry import Run, attack, weakness
from tests.attack.traces import Home, search, watched
from tests.helpers import faulty_window as faulty
from tests.helpers import window_day as steps
from tests.helpers.house import ROOT
from tests.helpers.profiles import a_profile
from tests.helpers.screen import Screen, missing_programs, screen
from tests.helpers.window_driver import Window, window
from tests.helpers.x_properties import onlooker

NAME, PHONE, NUMBER = "龚阙素娥", "15400077312", "430424195503129917"
ADDRESS, VILLAGE = "石湾社区老粮站后头", "石湾社区"
DRAFT, ASKED, FAULT = "她说存折在枕头底下", "查找时漏出来的话", "出错时漏出来的话"
NEIGHBOUR = "皇甫㛃"
IN_FILE, PHONE_IN_FILE = "漆雕云秀", "15400088641"
PASSPHRASE = steps.PASSPHRASE
GROUPED = f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"
PLANTED = (
    *(NAME, PHONE, GROUPED, NUMBER, ADDRESS, DRAFT, ASKED, FAULT, IN_FILE, PHONE_IN_FILE),
    *(NEIGHBOUR, PASSPHRASE, "gongquesue"),  # the key to search by
)
LOUD = {  # everything that a program can be made to say about itself
    "PYTHONDEVMODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "YIZHAN_QT_MESSAGES": "1",
    "YIZHAN_LANG": "en",
}
HOLES: list[str] = []  # planted weaknesses, of `faulty_window`
CORE_BYTES = faulty.CORE_BYTES
CRASHES = (signal.SIGSEGV, signal.SIGABRT)
# With one of the two guards taken away: the other one alone must hold.
CRASH = """
import os, resource, sys
from crm.domain import secrecy
from {module} import entry
secrecy.{without} = lambda: None
resource.setrlimit(resource.RLIMIT_CORE, ({room}, resource.getrlimit(resource.RLIMIT_CORE)[1]))
sys.argv = ["program", "--help"]
try:
    entry()
except SystemExit:
    os.kill(os.getpid(), {signal})
"""
FORMATS = """
from PySide6.QtGui import QGuiApplication
program = QGuiApplication([])
print(*program.clipboard().mimeData().formats())
"""
GUARDS = ("forbid_core_dumps", "hide_memory")


@attack("leaks-window", quick_s=0.0, full_s=60.0)
def leaks_window(run: Run) -> None:
    """What was seen, typed, copied and printed is searched for in all that the window leaves."""
    home = Home(run.folder)
    _commands_crash(run, home)
    if run.quick and not HOLES:
        return
    if missing := missing_programs():
        run.tried(f"window left out, no {missing[0]}")
        return
    _lay_out(home)
    (run.folder / "screen").mkdir()
    with screen(run.folder / "screen") as place, watched(home):
        for part in (_a_day, _killed, *(_crashed,) * len(CRASHES)):
            part(run, home, place)
        while run.going():
            _killed(run, home, place)
    errors = (run.folder / "screen").glob("errors-*.txt")
    search(run, home, PLANTED, errors)
    _cores(run, home)


def _commands_crash(run: Run, home: Home) -> None:
    """A crash leaves no core file, by either of two guards."""
    import resource  # of POSIX, as all that is tried here

    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        run.tried("crashes left out, this system allows no core file at all")
        return
    for module, without, number in product(("desktop.cli", "server.cli"), GUARDS, CRASHES):
        run.tried("crash of a command")
        code = CRASH.format(module=module, without=without, room=CORE_BYTES, signal=int(number))
        if HOLES == [faulty.DUMPS]:
            code = f"from crm.domain import secrecy\nsecrecy.hide_memory = int\n{code}"
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-c", code],
            cwd=home.root / "home",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _no_dump(run, process, number, f"{module} without {without}")
    _cores(run, home)


def _no_dump(run: Run, process: subprocess.Popen[Any], number: int, what: str) -> None:
    """Wait for a crash; the system says whether it wrote down the memory, to wherever."""
    ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    process.wait()
    run.expect(ended is not None and ended.si_code != os.CLD_DUMPED, f"{what} dumped its memory")
    run.expect(process.returncode == -number, f"{what} ended with {process.returncode}")


def _cores(run: Run, home: Home) -> None:
    found = [file.name for file in (home.root / "home").rglob("core*")]
    run.expect(not found, f"core files: {found}")


def _lay_out(home: Home) -> None:
    """A profile with two customers, and a file to import."""
    _, replica, _ = a_profile(home.profile, user=new_id())
    with closing(replica), replica.unit_of_work() as uow:
        fields = {
            "phone": f"+86{PHONE}",
            "id_type": "resident_id",
            "id_number": NUMBER,
            "address": f"湖南省衡东县石湾镇{ADDRESS}",
            "village": VILLAGE,
            "postcode": "421411",
        }
        for name in (NAME, NEIGHBOUR):
            home_of = f"portfolio:{replica.identity().user}"
            uow.create("customer", fields | {"name": name}, home=home_of)
        uow.commit()
    table = f"姓名,手机,证件号码\n{IN_FILE},{PHONE_IN_FILE},\n{NAME}二,{PHONE},{NUMBER}9\n"
    (home.work / "list.csv").write_text(table, "utf-8-sig")


@contextmanager
def _opened(home: Home, place: Screen) -> Iterator[Window]:
    """The window, unlocked, at the planted customer's page."""
    command = [sys.executable, "-m", "tests.helpers.faulty_window", "window"]
    env = home.environment() | LOUD | {"PYTHONPATH": str(ROOT), faulty.SAYS: FAULT}
    env |= {"YIZHAN_WATCHDOG": str(home.profile / "stalls"), faulty.HOLE: "".join(HOLES)}
    with window(place, [*command, "--profile", home.profile], env) as shown:
        steps.unlock(shown)
        yield shown


def _a_day(run: Run, home: Home, place: Screen) -> None:
    run.tried("day by window")
    with _opened(home, place) as shown:
        shown.find("Customers", "table")
        _ask(shown)
        steps.find_anywhere(shown, NAME)
        _reveal(shown, "Identity number", NUMBER)
        _copy(shown, "Phone", GROUPED)
        steps.labels_of_village(shown, VILLAGE, home.work / "labels.pdf")
        _print_to_file(shown, home.work / "printed.pdf")
        _preview(shown, home.work / "list.csv")
        _break(run, shown, home)
        _half_a_visit(shown)
        _copied_as_secret(run, place)
        shown.keys("ctrl+l")
        shown.find("Passphrase", "text", "focused")
        _nothing_to_paste(run, place)
        steps.unlock(shown)


def _ask(shown: Window) -> None:
    """Search for what is not there, here and anywhere."""
    shown.keys("ctrl+k")
    shown.find(re.compile("^Find anything"), "text", "focused")
    shown.type(ASKED)
    shown.keys("Escape")
    shown.keys("ctrl+f")
    shown.find(steps.SEARCH, "text", "focused")
    shown.type(ASKED)
    shown.keys("ctrl+a", "Delete")


def _reveal(shown: Window, field: str, value: str) -> None:
    """Show a masked value, and say what for: that holds for the next one as well."""
    shown.press(f"Show: {field}", "push button")
    shown.find("What do you need it for?")
    shown.keys("1")
    shown.find(f"{field}: {value}", "filler")


def _copy(shown: Window, field: str, value: str) -> None:
    """Click on a masked value, copy what stands there to be corrected, change nothing."""
    shown.click(re.compile(f"^{field}: "), "filler")
    shown.find(field, "text", "focused")
    assert shown.text(field, "text") == value
    shown.keys("ctrl+a", "ctrl+c", "Escape")


def _print_to_file(shown: Window, file: Path) -> None:
    shown.press(re.compile("^Print…"), "push button")
    shown.set_text("Output file:", str(file), "text")
    shown.press("Print", "push button")
    shown.find(re.compile("sent to the printer"))


def _preview(shown: Window, file: Path) -> None:
    """Look at what an import would change, the rows with problems as well; import nothing."""
    shown.keys("alt+1")
    steps.choose_import_file(shown, file)
    shown.press(re.compile("^See what changes"), "push button")
    shown.find(re.compile("New customers, are added$"))


def _break(run: Run, shown: Window, home: Home) -> None:
    """An error that nobody expects: told calmly, and a report of it lies there."""
    steps.find_anywhere(shown, NAME)
    shown.keys("ctrl+n")
    shown.find("Something went wrong that should not")
    shown.press("Go on working", "push button")
    shown.gone("Something went wrong that should not")
    reports = list((home.profile / "reports").iterdir())
    run.expect(reports, "no report was written")


def _half_a_visit(shown: Window) -> None:
    steps.find_anywhere(shown, NAME)
    steps.begin_visit(shown)
    shown.keys("Tab")
    shown.type(DRAFT)
    shown.find(re.compile("^Draft kept"))
    shown.keys("ctrl+a", "ctrl+c")


def _copied_as_secret(run: Run, place: Screen) -> None:
    """Another program of the session asks what it could paste, as clipboard managers do."""
    asked = subprocess.run(
        [sys.executable, "-c", FORMATS],
        env=dict(place.env),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    run.expect("text/plain" in asked.stdout, "nothing was copied")
    run.expect("x-kde-passwordManagerHint" in asked.stdout, "what is copied is not marked")


def _nothing_to_paste(run: Run, place: Screen) -> None:
    with onlooker(place.display) as others:
        held = [what for what in ("CLIPBOARD", "PRIMARY") if others.holds_copied(what)]
    run.expect(not held, f"after the lock there is something to paste: {held}")


def _killed(run: Run, home: Home, place: Screen) -> None:
    """Kill the window at any moment of its work."""
    run.tried("killed window")
    with _opened(home, place) as shown:
        steps.find_anywhere(shown, NAME)
        shown.keys("alt+v")
        with suppress(subprocess.TimeoutExpired):
            shown.process.wait(run.dice.uniform(0.0, 1.0))
        os.kill(shown.process.pid, signal.SIGKILL)
        shown.ended()
    _nothing_to_paste(run, place)


def _crashed(run: Run, home: Home, place: Screen) -> None:
    """Crash it. Core files are allowed there (`faulty_window`): one guard of two is to hold."""
    number = CRASHES[run.counts["crash of the window"] % len(CRASHES)]
    run.tried("crash of the window")
    with _opened(home, place) as shown:
        steps.find_anywhere(shown, NAME)
        os.kill(shown.process.pid, number)
        _no_dump(run, shown.process, number, "the window")


@weakness("leaks-window")
def a_fault_leaves_a_file_for_a_moment(patch) -> None:
    patch.setattr("tests.attack.leaks_window.HOLES", [faulty.LOOSE_FILE])


@weakness("leaks-window")
def memory_may_be_dumped(patch) -> None:
    patch.setattr("tests.attack.leaks_window.HOLES", [faulty.DUMPS])


@weakness("leaks-window")
def what_was_copied_stays_after_the_lock(patch) -> None:
    patch.setattr("tests.attack.leaks_window.HOLES", [faulty.KEEPS_COPIED])
