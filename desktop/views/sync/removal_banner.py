"""Much would leave this laptop, and the branch does not say why: the person decides."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button


class RemovalBanner(Speaking):
    """What would leave and why, and the two answers. Keeping is the safe one."""

    kept = Signal()
    accepted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = Label("", bold=True, tone="warn", wrap=True)
        self._text = Label("", "small", wrap=True)
        self.keep, self.accept = Button(), Button()
        self.keep.clicked.connect(self.kept)
        self.accept.clicked.connect(self.accepted)
        words = column(self._title, self._text, spacing=2)
        above = row(IconLabel("warning", "warn", 20), words, spacing=14)
        above.setStretch(1, 1)
        inside = column(above, row(None, self.accept, self.keep, spacing=8), spacing=8)
        inside.setContentsMargins(16, 10, 12, 10)
        self.setLayout(column(surface("warn", inside)))
        self.retranslate()

    def retranslate(self) -> None:
        self.keep.setText(self.tr("Keep for now"))
        self.accept.setText(self.tr("Let them leave…"))

    def tell(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title} {text}")
