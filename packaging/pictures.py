"""Takes pictures of the real window on a practice profile, screen by screen.

    pictures.py PROFILE FOLDER [--all]

The passphrase comes by YIZHAN_PASSPHRASE. Without --all: each screen once, in the system's
language. With it: every screen x {light, dark} x {zh, en} at 1366x768, and some at 1.5 times
the size on a small screen. Runs offscreen; nobody has to watch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PySide6.QtWidgets import QWidget  # noqa: E402  (the path first)

from desktop.app.window import OpenWindow, application  # noqa: E402
from desktop.views.language.switching import wanted_language  # noqa: E402

USUAL, SMALL = (1366, 768), (910, 460)
PATIENCE_S = 20
QUIET_S = 0.25
WORDS = {"zh": "王", "en": "wang"}


class Tour:
    """The opened window, and how to lead it somewhere."""

    def __init__(self, profile: Path, size: tuple[int, int]) -> None:
        self.app = application()
        self.opened = OpenWindow(self.app, profile)
        self.window = self.opened.window
        self.opened.show()
        self.window.resize(*size)
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

    def go(self, screen: str, **what: object) -> QWidget:
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


Scene = Callable[[Tour], None]


def customers(tour: Tour) -> None:
    tour.go("customers")


SCENES: dict[str, Scene] = {
    "customers": customers,
    "sync": lambda tour: tour.go("sync") and None,
    "to-settle": lambda tour: tour.go("sync", tab="to_settle") and None,
    "labels": lambda tour: tour.go("mailings") and None,
    "import": lambda tour: tour.go("import") and None,
    "settings": lambda tour: tour.go("settings") and None,
}


def take_all(tour: Tour, folder: Path, passphrase: str, theme: str, language: str) -> None:
    """Take each scene in one theme and one language."""
    ending = f"{theme}-{language}.png"
    tour.dress(theme, language)
    tour.take(folder / f"unlock-{ending}")
    tour.unlock(passphrase)
    for name, scene in SCENES.items():
        scene(tour)
        tour.take(folder / f"{name}-{ending}")
    tour.lock()


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
    for theme, language in looks:
        take_all(tour, folder, passphrase, theme, language)
    tour.opened.preferences.change(theme=kept.theme, language=kept.language)
    tour.opened.close()
    if asked.all and not asked.small:
        env = {**os.environ, "QT_SCALE_FACTOR": "1.5"}
        words = [sys.executable, __file__, str(asked.profile), str(asked.folder)]
        return subprocess.run([*words, "--all", "--small"], env=env, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
