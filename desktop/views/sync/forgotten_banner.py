"""The server does not know this laptop any more: what happened, what is safe, the way on."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button


class ForgottenBanner(Speaking):
    """Says it, and asks for the panel in which the laptop is enrolled again."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Label("", bold=True, tone="warn", wrap=True)
        self._text = Label("", "small", wrap=True)
        self.button = Button(kind="primary")
        self.button.clicked.connect(self.asked)
        words = column(self._title, self._text, spacing=2)
        above = row(IconLabel("warning", "warn", 20), words, spacing=14)
        above.setStretch(1, 1)
        inside = column(above, row(None, self.button), spacing=8)
        inside.setContentsMargins(16, 10, 12, 10)
        self.setLayout(column(surface("warn", inside)))
        self.retranslate()

    def retranslate(self) -> None:
        self._title.setText(self.tr("The branch's server does not know this laptop any more"))
        self._text.setText(
            self.tr(
                "It was probably restored from an older backup. All your edits are kept on this"
                " laptop; they are sent as soon as it is enrolled again."
            )
        )
        self.button.setText(self.tr("Enrol again…"))
        self.setAccessibleName(f"{self._title.text()} {self._text.text()}")
