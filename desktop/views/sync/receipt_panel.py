"""One receipt, line by line, in a side panel."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.views.parts.cards import ValueLine
from desktop.views.parts.panel import SidePanel


class ReceiptPanel(SidePanel):
    """Shows (name, value) lines; there is nothing to save."""

    def __init__(self, moment: str, lines: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._moment = moment
        self.form.setSpacing(0)
        for name, value in lines:
            line = ValueLine(name, name_width=170)
            line.set_value(value)
            self.form.addWidget(line)
        self.form.addStretch(1)
        self.retranslate()
        self.save_button.hide()

    def retranslate(self) -> None:
        super().retranslate()
        self.set_heading(self.tr("Receipt"), self._moment)
