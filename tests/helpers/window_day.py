"""What a customer manager does with the window in a day: keys, mouse and accessible names only.

Each step waits for what the person would see before going on. It knows the words of the English
window; nothing here calls into the program.
"""

from __future__ import annotations

import json
import re
import shutil

from tests.helpers import day as days
from tests.helpers.commands import Laptop, script
from tests.helpers.second_try import place_of
from tests.helpers.window_driver import window

SAVE = "Save  Ctrl+S"
SEARCH = "Name, pinyin, phone or address"
OFFLINE = "Offline, everything works"
QT_ALONE_MS = 250
PASSPHRASE = Laptop(None).passphrase


def opened(screen, profile, stalls=None, **env):
    """Start `yizhan window` on a profile; a context manager that gives the window."""
    watched = {"YIZHAN_WATCHDOG": str(stalls)} if stalls else {}
    command = [script("yizhan"), "window", "--profile", profile]
    return window(screen, command, {"YIZHAN_LANG": "en", **watched, **env})


def no_stalls(file, judge):
    """Fail with where the window did not answer for over 100 ms, as the watchdog wrote it.

    judge: the fixture; a busy machine may be the reason, so only what repeats counts.

    Where no function of ours was running, Qt itself worked: laying out a new screen, or answering
    the questions of this very test, which asks for the whole tree twenty times a second. That may
    take QT_ALONE_MS.
    """
    lines = file.read_text(encoding="ascii").splitlines() if file.exists() else []
    stalls = [stall for stall in map(json.loads, lines) if not _qt_alone(stall)]
    judge.findings({place_of(stall["stack"]): _told(stall) for stall in stalls})


def _told(stall):
    return "\n  ".join([f"{stall['duration_ms']} ms", *stall["stack"]])


def _qt_alone(stall):
    in_event_loop = stall["stack"][-1].endswith(" run_window")
    return in_event_loop and stall["duration_ms"] <= QT_ALONE_MS


# --- the beginning ---


def enrol(window, url, login, first_password):
    """The first page: the address without its scheme, keys from field to field."""
    window.type_into("Server address", url.removeprefix("http://"), "text")
    window.keys("Tab")
    window.type(login)
    window.keys("Tab")
    window.type(first_password)
    window.type_into("Passphrase", PASSPHRASE, "text")
    window.keys("Return")
    window.type(PASSPHRASE)
    window.press("For practice, with made-up customers", "check box")
    window.press("Enrol", "push button")
    window.find("New password of your own", "text", "focused")
    window.type("eigenes-Wort-77")
    window.keys("Return")
    window.type("eigenes-Wort-77")
    window.press("Enrol", "push button")
    window.find("Unlock", "push button")


def unlock(window):
    type_passphrase(window)
    window.find("Lock", "push button")


def type_passphrase(window, passphrase=PASSPHRASE, field="Passphrase"):
    window.find(field, "text", "focused")
    window.type(passphrase)
    window.keys("Return")


# --- customers ---


def find_in_list(window, name):
    """Ctrl+F, the name, down to the first row."""
    window.keys("ctrl+f")
    window.find(SEARCH, "text", "focused")
    window.keys("ctrl+a")
    window.type(name)
    window.cell("Customers", re.compile(f"^{name}, "))
    window.find(re.compile("found of"))
    window.keys("Down", "Return")
    page_of(window, name)


def find_anywhere(window, typed, name=None, head="Customers"):
    """Ctrl+K, what is typed, Enter on the first that is found."""
    name = name or typed
    window.keys("ctrl+k")
    window.find(re.compile("^(Find anything|查找)"), "text", "focused")
    window.type(typed)
    first = re.compile(f"^{head}, {name}")
    window.until(
        lambda: any("selected" in c.states or "focused" in c.states for c in _found(window, first)),
        f"{name} first among what is found",
    )
    window.keys("Return")
    page_of(window, name)


def _found(window, first):
    tree = window.tree(cells=True)
    return [node for node in tree.walk() if node.role == "list item" and first.search(node.name)]


def page_of(window, name):
    """Wait for a customer's page."""
    window.find(re.compile(f"^{name}, "), "filler")


def record_visit(window, summary, need, step, step_on):
    """Alt+V on a customer's page, the keyboard alone."""
    begin_visit(window)
    window.type(need)
    window.keys("Return")
    for text in (summary, step, step_on):
        window.keys("Tab")
        window.type(text)
    window.keys("ctrl+s")
    window.find(re.compile("^Visit to .* recorded"))
    window.gone(SAVE, "push button")


def begin_visit(window):
    """Open the panel; it begins at the channel, which is right mostly, as is the result."""
    window.keys("alt+v")
    window.find("Visit", "check box", "focused")
    window.keys("Tab", "Tab")
    window.find("Needs heard", "text", "focused")


def correct(window, field, new, shown):
    """Click a masked value, say what for, write another, Enter; it is shown as `shown`."""
    window.click(re.compile(f"^{field}: "), "filler")
    window.find("What do you need it for?")
    window.keys("1")
    window.find(field, "text", "focused")
    window.keys("ctrl+a")
    window.type(new)
    window.keys("Return")
    window.find(f"{field}: {shown}", "filler")
    window.gone(field, "text")


def add_customer(window, name, phone, address, village):
    """Ctrl+N, by the keyboard alone; a man."""
    window.keys("ctrl+n")
    window.find("Name", "text", "focused")
    window.type(name)
    window.keys(*["Tab"] * 5)
    window.find("—", "combo box", "focused")
    window.type("Male")
    for text in (phone, address, village):
        window.keys("Tab")
        window.type(text)
    window.until(lambda: window.text("Village", "text") == village, village)
    window.keys("ctrl+s")
    window.gone("New customer", "filler")
    page_of(window, name)


# --- labels ---


def labels_of_village(window, village, file):
    """Alt+2, the purpose, the village, three times on, Save as PDF."""
    window.keys("alt+2")
    window.find("Who gets a label")
    window.find("Choose…", "combo box", "focused")
    window.type("Service")
    window.keys("Tab")
    window.find("Any", "combo box", "focused")
    window.find(re.compile("^Take all [1-9]"))
    window.type(village)
    window.find(re.compile("^[0-9,]+ gets? a label$"))
    window.keys("ctrl+Return")
    window.find("Sheets of this run")
    window.keys("ctrl+Return")
    window.find(re.compile("things? to look at$|^Everything fits$"))
    window.press(re.compile("^Go on to printing"), "push button")
    window.press("Save as PDF…", "push button")
    window.find("File name:", "text", "focused")
    window.keys("ctrl+a")
    window.type(str(file))
    window.keys("Return")
    window.find(re.compile(f"^Saved as {re.escape(file.name)}"))


# --- import ---


def choose_import_file(window, file):
    """Import, Choose a file…, its path typed."""
    window.press("Import", "push button")
    window.press("Choose a file…", "push button")
    window.find("File name:", "text", "focused")
    window.keys("ctrl+a")
    window.type(str(file))
    window.keys("Return")
    window.gone("File name:", "text")


# --- a branch for the tests ---


def branch_of(folder, seed, count):
    """Return a serving practice server, headings and rows of its customers, how many it took."""
    headings, rows = days.spreadsheet(seed, count)
    server = days.open_branch(folder)
    (folder / "list.csv").write_bytes(days.as_csv(headings, rows))
    outcome = server.try_("import", "customers", folder / "list.csv", "--manager", "lihua")
    taken = outcome.answer["created"]
    assert taken > count * 0.999, outcome  # a few made-up rows have nothing to know them by
    server.serve()
    return server, headings, rows, taken


def copy_of(laptop, folder):
    """Return a laptop with a copy of a practice profile: its key hangs on the passphrase alone."""
    shutil.copytree(laptop.profile, folder)
    return Laptop(folder, laptop.passphrase)
