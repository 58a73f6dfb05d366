"""Takes pictures of the real window on a practice profile, screen by screen.

    pictures.py PROFILE FOLDER [--all]

The passphrase comes by YIZHAN_PASSPHRASE. Without --all: each screen once, in the system's
language. With it: every screen x {light, dark} x {zh, en} at 1366x768, and some at 1.5 times
the size on a small screen. Runs offscreen; nobody has to watch.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import Qt  # noqa: E402  (the path first)
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QLineEdit  # noqa: E402

from desktop.app.window import OpenWindow, application  # noqa: E402
from desktop.sync.errors import Revoked  # noqa: E402
from desktop.views.language.switching import wanted_language  # noqa: E402
from desktop.views.shell.faults import Faults  # noqa: E402
from desktop.views.shell.presenter import ShellPresenter  # noqa: E402
from server.practice.branch import make_branch  # noqa: E402
from server.practice.sheet import customers_as_rows  # noqa: E402

USUAL, SMALL = (1366, 768), (910, 460)
PATIENCE_S = 20
QUIET_S = 0.25
WORDS = "wang"


class Tour:
    """The opened window, and how to lead it somewhere."""

    def __init__(self, profile: Path, size: tuple[int, int]) -> None:
        self.app = application()
        self.opened = OpenWindow(self.app, profile)
        self.window = self.opened.window
        self.opened.show()
        Faults.uninstall()  # what goes wrong here shall be seen
        self.window.resize(*size)
        self.table = Path()  # a file to import
        self.wait(lambda: True)

    def dress(self, theme: str, language: str) -> None:
        self.opened.preferences.change(theme=theme, language=language)
        self.opened.dress(self.opened.preferences.current)
        self.quiet()

    def wait(self, ready: Callable[[], bool]) -> None:
        """Let the window work until something is so. Raises: TimeoutError."""
        end = time.monotonic() + PATIENCE_S
        while not ready():
            self.app.processEvents()
            time.sleep(0.002)
            if time.monotonic() > end:
                raise TimeoutError
        self.app.processEvents()

    def quiet(self) -> None:
        """Let the window work until it has nothing to do for a moment."""
        since = time.monotonic()
        end = since + PATIENCE_S
        while time.monotonic() - since < QUIET_S and time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.002)
            desk = self.opened.session.desk
            if desk is not None and not desk.jobs.idle():
                since = time.monotonic()

    def unlock(self, passphrase: str) -> None:
        page = self.opened.session.unlock_page
        page.passphrase.set_text(passphrase)
        page.button.click()
        self.wait(lambda: self.opened.session.desk is not None)
        self.quiet()

    def lock(self) -> None:
        self.opened.session.lock()
        self.quiet()

    @property
    def shell(self) -> ShellPresenter:
        shell = self.opened.session.shell
        assert shell is not None
        return shell

    def go(self, screen: str, **what: object) -> Any:
        """Go to a screen, with no panel and no palette over it; return it."""
        desk, workspace = self.opened.session.desk, self.opened.session.workspace
        assert desk is not None
        assert workspace is not None
        desk.close_panel()
        desk.go(screen, **what)
        self.quiet()
        current = workspace.current()
        assert current is not None
        return current

    def take(self, file: Path) -> None:
        self.quiet()
        self.window.grab().save(str(file))

    def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit):
            field.insert(text)
        self.quiet()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key)
        self.quiet()


Scene = Callable[[Tour], object]


def _searching(tour: Tour) -> None:
    screen = tour.go("customers")
    screen.find_here()
    tour.type("wang")


def _no_search(tour: Tour) -> None:
    tour.press(Qt.Key.Key_Escape)


def _table(tour: Tour) -> None:
    tour.go("customers").table_button.click()


def _list(tour: Tour) -> None:
    tour.go("customers").table_button.click()


def _tab(name: str) -> Scene:
    def show(tour: Tour) -> None:
        screen = tour.go("customers")
        screen.page.detail.show_tab(name)

    return show


def _visit(tour: Tour) -> None:
    tour.go("customers").record_visit()


def _new(tour: Tour) -> None:
    tour.go("customers").new_here()


def _palette(tour: Tour) -> None:
    tour.go("customers")
    tour.shell.open_palette()
    tour.quiet()
    tour.type(WORDS)


def _no_palette(tour: Tour) -> None:
    tour.press(Qt.Key.Key_Escape)
    tour.press(Qt.Key.Key_Escape)


def _labels(step: int) -> Scene:
    def show(tour: Tour) -> None:
        screen = tour.go("mailings")
        if step == 0:
            for field in (screen.people.purpose, screen.people.village):
                field.picker.setCurrentIndex(1)
                field.edited.emit()
        else:
            screen.go_on()

    return show


def _import(step: int) -> Scene:
    def show(tour: Tour) -> None:
        screen = tour.go("import")
        if step == 1:
            screen.file.file_given.emit(str(tour.table))
        elif step > 1:
            screen.on_asked.emit()

    return show


def _several(tour: Tour) -> None:
    page = tour.go("sync", tab="to_settle").settle_page
    page.select_all.click()
    tour.quiet()
    page.enter_detail()


def _case(place: int) -> Scene:
    """Show a case of the list, counted from the end where it is negative."""

    def show(tour: Tour) -> None:
        screen = tour.go("sync", tab="to_settle")
        keys = [row.key for row in screen.settle_page.list.cases.rows if row.key]
        screen.settling.step(keys.index(keys[place]) - screen.settling.place()[0] + 1)
        tour.quiet()
        screen.settle_page.enter_detail()

    return show


def _forgotten(tour: Tour) -> Any:
    """Show the Sync page of a laptop that a restored server does not know."""
    screen = tour.go("sync")
    desk = tour.opened.session.desk
    assert desk is not None
    assert desk.sync_runner is not None
    desk.sync_runner.failed.emit(Revoked("sync.token"))
    return screen


def _enrol_again(tour: Tour) -> None:
    _forgotten(tour).page.forgotten.button.click()


def _leave_case(tour: Tour) -> None:
    tour.go("sync", tab="to_settle").settle_page.leave_detail()


def _receipts(tour: Tour) -> None:
    page = tour.go("sync", tab="receipts").receipts_page
    page.check.click()


def _receipt(tour: Tour) -> None:
    page = tour.go("sync", tab="receipts").receipts_page
    page.list.opened.emit(page.list.rows.rowCount() - 1)


# What is shown, and how it is put away again.
SCENES: dict[str, tuple[Scene, Scene | None]] = {
    "customers": (lambda tour: tour.go("customers"), None),
    "customers-search": (_searching, _no_search),
    "customers-table": (_table, _list),
    "customer-family": (_tab("family"), None),
    "customer-accounts": (_tab("accounts"), None),
    "customer-timeline": (_tab("timeline"), None),
    "customer-consents": (_tab("consents"), _tab("overview")),
    "visit": (_visit, None),
    "new-customer": (_new, None),
    "palette": (_palette, _no_palette),
    "sync": (lambda tour: tour.go("sync"), None),
    "sync-forgotten": (_forgotten, None),
    "enrol-again": (_enrol_again, None),
    "to-settle": (lambda tour: tour.go("sync", tab="to_settle"), None),
    "to-settle-case": (_case(0), _leave_case),
    "to-settle-last": (_case(-1), _leave_case),
    "to-settle-several": (_several, _leave_case),
    "receipts": (_receipts, None),
    "receipt": (_receipt, None),
    "labels-people": (_labels(0), None),
    "labels-sheet": (_labels(1), None),
    "labels-check": (_labels(2), None),
    "import-file": (_import(0), None),
    "import-headings": (_import(1), None),
    "import-changes": (_import(2), None),
    "settings": (lambda tour: tour.go("settings"), None),
    "settings-copy": (lambda tour: tour.go("settings", section="copies"), None),
    "settings-keys": (lambda tour: tour.go("settings", section="keys"), None),
    "settings-about": (lambda tour: tour.go("settings", section="about"), None),
}


def take_all(tour: Tour, folder: Path, passphrase: str, theme: str, language: str) -> None:
    """Take each scene in one theme and one language."""
    ending = f"{theme}-{language}.png"
    tour.dress(theme, language)
    tour.take(folder / f"unlock-{ending}")
    tour.unlock(passphrase)
    for name, (show, put_away) in SCENES.items():
        show(tour)
        tour.take(folder / f"{name}-{ending}")
        if put_away is not None:
            put_away(tour)
    tour.lock()


def take_first_run(folder: Path, looks: list[tuple[str, str]], size: tuple[int, int]) -> None:
    """Take the page of a laptop that nobody has enrolled yet."""
    with tempfile.TemporaryDirectory() as empty:
        tour = Tour(Path(empty), size)
        for theme, language in looks:
            tour.dress(theme, language)
            tour.take(folder / f"first-run-{theme}-{language}.png")
        tour.opened.close()
        tour.window.close()


def write_table(file: Path) -> Path:
    """Write a made-up table to import: new people, known ones, rows to mend."""
    branch = make_branch(20260318, today=date(2026, 11, 22), customers=60, managers=1)
    headings, rows = customers_as_rows(branch, 24)
    spoilt = [list(row) for row in rows]
    phone = next(n for n, heading in enumerate(headings) if "手机" in heading)
    spoilt[3][phone] = "154 0000"
    spoilt[7][0] = ""
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([headings, *spoilt])
    return file


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profile", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--small", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    asked.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = os.environ["YIZHAN_PASSPHRASE"]
    tour = Tour(asked.profile, SMALL if asked.small else USUAL)
    kept = tour.opened.preferences.current
    looks = [("light", wanted_language("auto"))]
    if asked.all:
        looks = [(theme, language) for theme in ("light", "dark") for language in ("zh", "en")]
    folder = asked.folder / "small-150" if asked.small else asked.folder
    folder.mkdir(exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory() as place:
        tour.table = write_table(Path(place) / "customers.csv")
        for theme, language in looks:
            take_all(tour, folder, passphrase, theme, language)
    tour.opened.preferences.change(theme=kept.theme, language=kept.language)
    tour.opened.close()
    tour.window.close()
    take_first_run(folder, looks, SMALL if asked.small else USUAL)
    if asked.all and not asked.small:
        env = {**os.environ, "QT_SCALE_FACTOR": "1.5"}
        words = [sys.executable, __file__, str(asked.profile), str(asked.folder)]
        return subprocess.run([*words, "--all", "--small"], env=env, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
