"""Decides what the Sync page shows: the runner's signals, the standing, the receipts."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer

from crm.domain.errors import UserError
from desktop.services.office import SyncOutcome
from desktop.services.ports import Receipt
from desktop.services.receipts import FORGOTTEN, LOGIN_FIRST, OFFLINE, UNSAFE, recent
from desktop.services.standing import Standing
from desktop.views.language.formats import duration_left, moment_text
from desktop.views.language.translating import (
    counted,
    current_language,
    explained,
    sentences,
    translate,
)
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from desktop.views.sync.again import EnrolAgain
from desktop.views.sync.course import Course
from desktop.views.sync.page import SyncPage, SyncView
from desktop.views.sync.receipt_panel import ReceiptPanel
from desktop.views.sync.receipt_words import figures_of, lines_of, row_of
from desktop.views.sync.wording import host_of

Clock = Callable[[], float]
Trouble = Literal["line", "login", "unsafe", "forgotten", "other"]
REDRAW_EVERY_MS = 80  # progress comes more often than an eye follows


class SyncPresenter(QObject):
    """One page, for one unlocked profile."""

    def __init__(self, page: SyncPage, desk: Desk, clock: Clock = time.monotonic) -> None:
        super().__init__(page)
        self._page, self._desk, self._clock = page, desk, clock
        self._standing: Standing | None = None
        self._receipts: tuple[Receipt, ...] = ()
        self._course: Course | None = None
        self._left = -1.0
        self._receipt_open = False
        self._kept_for_now = False
        self._ended = self._runner.ended  # of the last sync in this session
        self._again = EnrolAgain(desk, self)
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW_EVERY_MS)
        self._redraw.timeout.connect(self.show)
        self._connect()

    @property
    def _runner(self) -> SyncRunner:
        runner = self._desk.sync_runner
        if runner is None:
            raise RuntimeError("the desk has no sync runner")
        return runner

    def _connect(self) -> None:
        page, desk, runner = self._page, self._desk, self._runner
        page.sync_asked.connect(runner.start)
        page.cancel_asked.connect(runner.cancel)
        page.forgotten.asked.connect(self._again.open)
        page.removals.kept.connect(self._keep_for_now)
        page.removals.accepted.connect(self._ask_to_let_go)
        page.settle_asked.connect(lambda: desk.go("sync", tab="to_settle"))
        page.all_receipts_asked.connect(lambda: desk.go("sync", tab="receipts"))
        page.auto_chosen.connect(lambda on: desk.prefer(auto_sync=on))
        page.receipt_asked.connect(self._open_receipt)
        page.texts_wanted.connect(self.show)
        desk.standing_changed.connect(self._stands)
        desk.preferences_changed.connect(lambda new: page.show_auto(new.auto_sync))
        runner.started.connect(self._started)
        runner.staged.connect(self._staged)
        runner.progressed.connect(self._progressed)
        runner.finished.connect(self._finished)
        runner.failed.connect(self._failed)
        runner.cancelled.connect(self._cancelled)

    def enter(self) -> None:
        """The page is shown: read what it shows."""
        self._page.show_auto(self._desk.preferences.auto_sync)
        if self._runner.running and self._course is None:
            self._started()  # it began before this page was made
            self._staged(self._runner.stage)
        self.refresh()

    def refresh(self) -> None:
        reader = self._desk.office.reader
        self._desk.jobs.read(lambda _: recent(reader), self._read, key="receipts")
        self._desk.jobs.read(_standing_of(self._desk), self._stands, key="sync_standing")

    # --- what comes ---

    def _read(self, receipts: tuple[Receipt, ...]) -> None:
        self._receipts = receipts
        self.show()

    def _stands(self, standing: Standing) -> None:
        self._standing = standing
        self.show()

    def _started(self) -> None:
        self._course, self._left, self._ended = Course(self._clock()), -1.0, None
        self.show()

    def _staged(self, stage: str) -> None:
        if self._course is not None:
            self._course.reach(stage, self._clock())
            self.show()

    def _progressed(self, done: int, total: int, left: float) -> None:
        if self._course is not None:
            self._course.count(done, total)
            self._left = left
            if not self._redraw.isActive():
                self._redraw.start()

    def _finished(self, outcome: SyncOutcome) -> None:
        if self._course is not None:
            self._course.finish(self._clock())
        self._end(outcome)

    def _failed(self, error: Exception) -> None:
        self._stop(error)

    def _cancelled(self) -> None:
        self._stop("cancelled")

    def _stop(self, how: Exception | str) -> None:
        if self._course is not None:
            self._course.stop()
        self._end(how)

    def _end(self, how: Exception | SyncOutcome | str) -> None:
        self._redraw.stop()
        self._ended = how
        self._kept_for_now = False
        self.refresh()
        self.show()

    # --- what is shown ---

    def show(self) -> None:
        """Say everything anew."""
        now = self._desk.now()
        self._page.show_view(self._view())
        self._page.show_receipts(tuple(row_of(receipt, now) for receipt in self._receipts))
        self._page.show_figures(figures_of(self._receipts[0].counts if self._receipts else {}))
        self._show_settle()
        self._show_removals()
        self._page.show_forgotten(self._forgotten)

    def _view(self) -> SyncView:
        if self._runner.running:
            return self._running()
        if isinstance(self._ended, Exception):
            return self._gone_wrong(self._ended)
        if self._ended == "cancelled":
            return self._stopped()
        return self._idle()

    def _running(self) -> SyncView:
        course = self._course
        left = duration_left(self._left, current_language()) if self._left >= 0 else ""
        return SyncView(
            icon="arrows-clockwise",
            role="info",
            title=translate("Sync", "Syncing"),
            text=translate(
                "Sync",
                "Keep working. Nothing is lost if you cancel or the line drops; it resumes here.",
            ),
            running=True,
            left=translate("Sync", "{time} left").format(time=left) if left else "",
            steps=course.steps if course else (),
            told=self._told(),
        )

    def _told(self) -> dict[str, str]:
        """Return what can be said of steps that are done."""
        told = {}
        course = self._course
        if course is not None and course.steps[0].state == "done":
            host = host_of(self._desk.office.person.server_url)
            told["identity"] = translate("Sync", "Server {host}, identity verified").format(
                host=host
            )
        if course is not None and course.steps[-1].state == "done":
            told.update(_outcome_told(self._ended))
        return told

    def _idle(self) -> SyncView:
        standing, language = self._standing, current_language()
        last = standing.last_sync if standing else None
        waiting = standing.waiting if standing else 0
        title = (
            translate("Sync", "Synced") if last else translate("Sync", "Ready for the first sync")
        )
        if waiting:
            title = counted(
                waiting,
                translate("Sync", "{n} edit waiting"),
                translate("Sync", "{n} edits waiting"),
            )
        return SyncView(
            icon="arrow-circle-up" if waiting else "cloud-check",
            role="info" if waiting else "accent",
            title=title,
            text=self._idle_text(last, waiting, language),
            action=translate("Sync", "Sync now"),
            steps=self._course.steps if self._course else (),
            told=self._told(),
        )

    def _idle_text(self, last: Receipt | None, waiting: int, language: str) -> str:
        if last is None:
            return translate(
                "Sync", "Your customers come to this laptop. It may be interrupted at any time."
            )
        moment = moment_text(last.at, self._desk.now(), language) if last.at else ""
        if waiting:
            said = translate("Sync", "Safe on this laptop. Last sync {moment}.")
        else:
            said = translate("Sync", "Last sync {moment}. Nothing waits to be sent.")
        return said.format(moment=moment)

    def _stopped(self) -> SyncView:
        return SyncView(
            icon="stop-circle",
            role="text2",
            title=translate("Sync", "Stopped"),
            text=translate("Sync", "What was done is kept. The next sync goes on from there."),
            action=translate("Sync", "Go on"),
            steps=self._course.steps if self._course else (),
            told=self._told(),
        )

    def _gone_wrong(self, error: Exception) -> SyncView:
        """Say what is safe first, then the cause."""
        course = self._course
        trouble = _trouble_of(error)
        place = course.place if course else 0
        begun = place > 1 and course is not None
        cause = sentences(*explained(error)) if isinstance(error, UserError) else ""
        if trouble == "forgotten":
            cause = ""  # the banner tells it
        icon, role = _icon_of(trouble, begun=begun)
        return SyncView(
            icon=icon,
            role=role,
            title=_title_of(trouble, begun=begun),
            text=self._safe(place if begun else 0),
            cause=cause.strip(),
            action=translate("Sync", "Go on") if begun else translate("Sync", "Try again"),
            steps=course.steps if begun and course else (),
            told=self._told(),
        )

    def _safe(self, place: int) -> str:
        waiting = self._standing.waiting if self._standing else 0
        kept = counted(
            waiting,
            translate("Sync", "Your {n} waiting edit is safe on this laptop."),
            translate("Sync", "Your {n} waiting edits are safe on this laptop."),
        )
        said = [
            translate("Sync", "Everything you saved is on this laptop.") if not waiting else kept
        ]
        if place:
            at = translate("Sync", "Stopped at step {n}; what was received is kept.")
            said.insert(0, at.format(n=place))
        return sentences(*said)

    def _show_settle(self) -> None:
        standing = self._standing
        number = standing.to_settle + standing.refused if standing else 0
        if not number:
            self._page.show_settle("", "", "")
            return
        title = counted(
            number, translate("Sync", "{n} to settle"), translate("Sync", "{n} to settle")
        )
        text = translate("Sync", "You and the branch changed the same field; both are kept.")
        if standing is not None and not standing.to_settle:
            text = translate("Sync", "The branch refused them; the text is kept.")
        self._page.show_settle(title, text, translate("Sync", "Settle"))

    @property
    def _forgotten(self) -> bool:
        """Whether the last sync has heard that the server does not know this laptop."""
        if self._runner.running:
            return False
        if self._ended is None:  # none in this session
            return bool(self._receipts) and self._receipts[0].outcome == FORGOTTEN
        return _trouble_of(self._ended) == "forgotten"

    # --- much would leave ---

    @property
    def _held_back(self) -> dict[str, int]:
        """How much the last sync has kept here until the person decides, by cause."""
        counts = self._receipts[0].counts if self._receipts else {}
        names = ("held_back", "held_back_deleted", "held_back_moved", "held_back_missing")
        return {name: counts.get(name, 0) for name in names}

    def _show_removals(self) -> None:
        held = self._held_back
        if not held["held_back"] or self._kept_for_now or self._runner.running:
            self._page.show_removals("", "")
        else:
            self._page.show_removals(_title_of_removals(held["held_back"]), _causes_of(held))

    def _keep_for_now(self) -> None:
        """Nothing leaves; the next sync asks again."""
        self._kept_for_now = True
        self._show_removals()

    def _ask_to_let_go(self) -> None:
        shown = self._held_back["held_back"]
        self._desk.ask(
            _title_of_removals(shown),
            translate(
                "Sync",
                "Ask your branch first if you do not know why. What has left comes back only"
                " if the branch still has it.",
            ),
            translate("Sync", "Keep for now"),
            translate("Sync", "Let them leave"),
            partial(self._runner.start_letting_go, shown),
        )

    def _open_receipt(self, number: int) -> None:
        if number < len(self._receipts):
            receipt = self._receipts[number]
            panel = ReceiptPanel(row_of(receipt, self._desk.now()).moment, lines_of(receipt))
            panel.close_asked.connect(self.close_receipt)
            self._desk.open_panel(panel)
            self._receipt_open = True

    def close_panels(self) -> None:
        """Take away what stands beside the page, if it is there."""
        self._again.close()
        self.close_receipt()

    def close_receipt(self) -> None:
        if self._receipt_open:
            self._receipt_open = False
            self._desk.close_panel()


def _standing_of(desk: Desk) -> Callable[[Any], Standing]:
    from desktop.services.standing import standing

    reader = desk.office.reader
    return lambda _: standing(reader)


def _outcome_told(outcome: object) -> dict[str, str]:
    """Return what the steps came to."""
    if outcome is None or isinstance(outcome, Exception | str):
        return {}
    counts = {name: getattr(outcome, name) for name in ("sent", "applied", "merged", "conflicts")}
    sent = translate(
        "Sync", "{sent} sent: {applied} applied, {merged} merged, {conflicts} to settle"
    )
    received = translate("Sync", "{n} received").format(n=f"{getattr(outcome, 'received', 0):,}")
    alike = translate("Sync", "Verified: this laptop and the branch are alike")
    later = translate("Sync", "Not alike yet; the next sync goes on")
    return {
        "send": sent.format(**counts) if counts["sent"] else translate("Sync", "Nothing to send"),
        "receive": received,
        "verify": alike if getattr(outcome, "verified", False) else later,
    }


def _trouble_of(error: object) -> Trouble:
    """Return what sort of thing ended a sync: what a person does about it differs."""
    code = error.code if isinstance(error, UserError) else ""
    if code in OFFLINE:
        return "line"
    if code in LOGIN_FIRST:
        return "login"
    if code == FORGOTTEN:
        return "forgotten"
    return "unsafe" if code.startswith(UNSAFE) else "other"


def _icon_of(trouble: Trouble, *, begun: bool) -> tuple[str, str]:
    if trouble == "line" and not begun:
        return "cloud-slash", "text2"
    mild = trouble in ("line", "login", "forgotten")
    return ("warning-fill", "warn") if mild else ("warning-octagon-fill", "danger")


def _title_of(trouble: Trouble, *, begun: bool) -> str:
    if trouble == "login":
        return translate("Sync", "This network asks you to log in first")
    if trouble == "forgotten":
        return translate("Sync", "Not synced: this laptop has to be enrolled again")
    if trouble == "unsafe":
        return translate("Sync", "No safe connection to the server")
    if trouble == "line" and begun:
        return translate("Sync", "The line dropped; it will go on from here")
    if trouble == "line":
        return translate("Sync", "No network now; everything works offline")
    return translate("Sync", "The sync did not get through")


def _title_of_removals(number: int) -> str:
    return counted(
        number,
        translate("Sync", "{n} record would leave this laptop"),
        translate("Sync", "{n} records would leave this laptop"),
    )


def _causes_of(held: dict[str, int]) -> str:
    """Say why they would leave, as far as anybody knows; and that nothing has happened."""
    causes = [
        ("held_back_deleted", translate("Sync", "{n} were deleted at the branch.")),
        ("held_back_moved", translate("Sync", "{n} were handed over.")),
        ("held_back_missing", translate("Sync", "{n} are not at the branch any more.")),
    ]
    said = [text.format(n=f"{held[name]:,}") for name, text in causes if held[name]]
    kept = translate("Sync", "That is unusually many, so all of them are still here.")
    return sentences(*said, kept)
