"""Saves a copy of this laptop: where, on a job, with a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.jobs.job import Job
from desktop.services.office import Copied
from desktop.views.language.translating import counted, sentences, translate
from desktop.views.parts.file_dialogs import ask_where
from desktop.views.settings.copy_section import CopySection
from desktop.views.shell.desk import Desk

AskFile = Callable[[QWidget, str, Callable[[str], None]], object]  # parent, name, then


def ask_file(parent: QWidget, name: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask where to save; a copy never replaces a file, so the dialog does not offer that."""
    title = translate("Settings", "Save a copy of this laptop")
    kinds = translate("Settings", "Copies of a laptop (*.yizhan)")
    dialog = ask_where(parent, title, name, kinds, then)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    return dialog


class CopyPresenter(QObject):
    """One unlocked profile's copy; one at a time."""

    def __init__(self, section: CopySection, desk: Desk, ask: AskFile = ask_file) -> None:
        super().__init__(section)
        self._section, self._desk, self._ask = section, desk, ask
        self._job: Job | None = None
        self._stage = "copy"
        section.save_asked.connect(self._ask_where)
        section.cancel_asked.connect(self._cancel)

    def _ask_where(self) -> None:
        name = f"yizhan-{self._desk.now():%Y%m%d-%H%M}.yizhan"
        self._ask(self._section, name, self._begin)

    def _begin(self, path: str) -> None:
        if self._job is not None:
            return
        file, office = Path(path), self._desk.office
        self._staged("copy")
        job = self._desk.jobs.long(
            lambda progress: office.back_up(file, progress), partial(self._done, file), self._failed
        )
        job.staged.connect(self._staged)
        job.progressed.connect(self._progressed)
        job.cancelled.connect(self._cancelled)
        self._job = job

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _staged(self, name: str) -> None:
        self._stage = name
        self._section.show_stage(name)

    def _progressed(self, done: int, total: int) -> None:
        self._section.show_done(self._stage, done, total)

    # --- how it ended ---

    def _end(self) -> None:
        self._job = None
        self._section.show_idle()

    def _done(self, file: Path, made: Copied) -> None:
        self._end()
        told = translate("Settings", "Copy saved: {file}.").format(file=file.name)
        waiting = counted(
            made.unsent,
            translate("Settings", "{n} edit in it has not been sent yet."),
            translate("Settings", "{n} edits in it have not been sent yet."),
        )
        self._desk.toast(sentences(told, waiting if made.unsent else ""))

    def _failed(self, error: Exception) -> None:
        self._end()
        self._desk.tell_error(error)

    def _cancelled(self) -> None:
        self._end()
        self._desk.toast(translate("Settings", "Stopped; no copy was saved."))
