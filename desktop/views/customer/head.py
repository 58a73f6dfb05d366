"""The head of the page: name, tier, who it is, tags, what waits, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from desktop.views.customer.describe import Head
from desktop.views.parts.basics import FlowLayout, ShortLabel, Speaking, column, emptied, row
from desktop.views.parts.buttons import Button, IconButton, TagChip
from desktop.views.parts.lines import Line
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_tier, tier_width


class NameLabel(ShortLabel):
    """The name: as wide as it is, and cut only where there is no room."""

    def __init__(self) -> None:
        super().__init__("", "title")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.updateGeometry()


class TierMark(QWidget):
    """Three bars and the word of the value tier."""

    def __init__(self) -> None:
        super().__init__()
        self._tier, self._words = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_tier(self, tier: str, words: str) -> None:
        self._tier, self._words = tier, words
        self.setVisible(bool(tier))
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = tier_width(self._tier, self._words) if self._tier else 0
        return QSize(round(width) + 4, look().px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._tier:
            painter = QPainter(self)
            paint_tier(painter, self._tier, self._words, 0, self.height() / 2)
            painter.end()


class CustomerHead(Speaking):
    """Passive. Every button only says what was asked for."""

    back_asked = Signal()
    visit_asked = Signal()
    edit_asked = Signal()
    contact_asked = Signal()
    member_asked = Signal()
    history_asked = Signal()
    tag_added = Signal(str)
    tag_removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Head | None = None
        self.back = IconButton("caret-left")
        self.back.clicked.connect(self.back_asked)
        self._name, self._tier = NameLabel(), TierMark()
        self.visit = Button(kind="primary", icon_name="map-pin-line")
        self.visit.clicked.connect(self.visit_asked)
        self.more = Button(kind="plain", icon_name="dots-three")
        self.more.setFixedWidth(44)
        self._menu = QMenu(self)
        self._actions = self._filled_menu()
        self.more.clicked.connect(self._open_menu)
        self._below = ShortLabel("", "small", tone="text2")
        self._chips, self._flow = QWidget(), FlowLayout()
        self._chips.setLayout(self._flow)
        self._add, self._tag = Button(kind="link", icon_name="plus"), Line()
        self._add.clicked.connect(self.start_tag)
        self._tag.setProperty("small", "true")
        self._tag.setMaxLength(40)
        self._tag.returnPressed.connect(self._take_tag)
        self._tag.installEventFilter(self)
        self._tag.setFixedWidth(160)
        self._waiting = QWidget()
        self._waiting.setLayout(row())
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        first = row(self.back, self._name, self._tier, None, self.visit, self.more, spacing=10)
        tags = row(self._chips, self._waiting, spacing=12)
        tags.setStretch(0, 1)
        tags.setAlignment(self._waiting, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(first, self._below, 2, tags, spacing=4))
        self.back.hide()

    def _filled_menu(self) -> dict[str, QAction]:
        signals = {
            "edit": self.edit_asked,
            "tag": None,
            "contact": self.contact_asked,
            "member": self.member_asked,
            "history": self.history_asked,
        }
        made = {}
        for key, signal in signals.items():
            if key == "history":
                self._menu.addSeparator()
            made[key] = self._menu.addAction("")
            made[key].triggered.connect(signal.emit if signal is not None else self.start_tag)
        return made

    def retranslate(self) -> None:
        self.back.set_name(self.tr("Back to the list"))
        self.visit.setText(self.tr("Record visit"))
        self.visit.setToolTip("Alt+V")
        self.more.setAccessibleName(self.tr("More"))
        self.more.setToolTip(self.tr("More"))
        self._actions["edit"].setText(self.tr("Edit all"))
        self._actions["tag"].setText(self.tr("Add a tag"))
        self._actions["contact"].setText(self.tr("Add a contact"))
        self._actions["member"].setText(self.tr("Add a family member"))
        self._actions["history"].setText(self.tr("History of changes"))
        self._add.setText(self.tr("Tag"))
        self._add.setAccessibleName(self.tr("Add a tag"))
        self._tag.setAccessibleName(self.tr("New tag"))
        self._tag.setPlaceholderText(self.tr("New tag, Enter"))

    def give_way(self, to_panel: bool) -> None:
        """Leave the one filled button to the panel that is open."""
        self.visit.set_kind("plain" if to_panel else "primary")
        self.visit.set_icon("map-pin-line")

    def show_head(self, head: Head) -> None:
        if head == self._shown:
            return
        self._shown = head
        self._name.setText(head.name)
        self._tier.show_tier(head.tier, head.tier_words)
        self._below.setText(head.below)
        self._below.setVisible(bool(head.below))
        self._show_waiting(head.waiting)
        self._show_tags(head)
        self.setAccessibleName(", ".join(filter(None, (head.name, head.tier_words, head.below))))

    def _show_waiting(self, words: str) -> None:
        layout = self._waiting.layout()
        if layout is None:
            return
        emptied(layout)
        if words:
            chip = TagChip(words, "arrow-circle-up", role="info", fill="infoSoft", edge=None)
            layout.addWidget(chip)
        self._waiting.setVisible(bool(words))

    def _show_tags(self, head: Head) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in (self._add, self._tag):
                widget.hide()
                widget.deleteLater()
        for tag, words in head.tags:
            name = self.tr("Take off the tag {tag}").format(tag=words)
            chip = TagChip(words, "tag", removable=True, remove_name=name)
            chip.removed.connect(_Sender(self, tag).send)
            self._flow.addWidget(chip)
            chip.show()
        self._flow.addWidget(self._add)
        self._flow.addWidget(self._tag)
        self._end_tag()

    # --- a new tag ---

    def start_tag(self) -> None:
        """Put a field where the tag will stand."""
        self._add.hide()
        self._tag.clear()
        self._tag.show()
        self._flow.invalidate()
        self._chips.updateGeometry()
        self._tag.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _take_tag(self) -> None:
        words = self._tag.text().strip()
        self._end_tag()
        if words:
            self.tag_added.emit(words)

    def _end_tag(self) -> None:
        self._tag.hide()
        self._add.show()
        self._flow.invalidate()
        self._chips.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc gives the new tag up; leaving it empty does, too."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            self._end_tag()
            self._add.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if event.type() == QEvent.Type.FocusOut and not self._tag.text().strip():
            self._end_tag()
        return False

    def _open_menu(self) -> None:
        self._menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def clear(self) -> None:
        """Show nothing of anybody."""
        self.show_head(Head(name="", tier="", tier_words="", below="", tags=(), waiting=""))


class _Sender(QObject):
    """Ties a chip's cross to its tag."""

    def __init__(self, head: CustomerHead, tag: str) -> None:
        super().__init__(head)
        self._head, self._tag = head, tag

    def send(self) -> None:
        self._head.tag_removed.emit(self._tag)
