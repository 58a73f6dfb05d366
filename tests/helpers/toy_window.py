"""A small window with what real ones have, for the driver's own tests. It is not shipped."""

from __future__ import annotations

import sys

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

WORDS = {"zh": ("保存", "语言", "已保存：{}"), "en": ("Save", "Language", "Saved: {}")}


class People(QAbstractTableModel):
    """100,000 made-up people; a row that nobody looks at is never asked for."""

    def rowCount(self, parent=QModelIndex()):  # noqa: B008, N802
        return 0 if parent.isValid() else 100_000

    def columnCount(self, parent=QModelIndex()):  # noqa: B008, N802
        return 0 if parent.isValid() else 3

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 2:
            return f"phone ending {index.row() % 10_000:04}"
        if role == Qt.ItemDataRole.DisplayRole:
            return (f"客户 {index.row()}", f"{index.row() % 7} 村", "···")[index.column()]
        return None


class Toy(QWidget):
    def __init__(self):
        super().__init__()
        self.language = "en"
        self.field, self.search = QLineEdit(), QLineEdit()
        self.save, self.switch = QPushButton(), QPushButton()
        self.said = QLabel("–")
        self.bar = QProgressBar(value=40)
        self.table, self.list = QTableView(), QListView()
        self.table.setModel(People())
        self.list.setModel(QStringListModel(["王村", "李村", "赵村"]))
        self.lay_out()
        self.name_all()
        self.save.clicked.connect(self.say)
        self.switch.clicked.connect(self.change_language)
        self.table.activated.connect(lambda at: self.said.setText(f"opened {at.row()}"))
        self.list.clicked.connect(lambda at: self.said.setText(f"chose {at.data()}"))

    def lay_out(self):
        layout = QVBoxLayout(self)
        for part in (self.field, self.search, self.save, self.switch, self.said, self.bar):
            layout.addWidget(part)
        layout.addWidget(self.table, 3)
        layout.addWidget(self.list, 1)

    def name_all(self):
        save, switch, _ = WORDS[self.language]
        self.save.setText(save)
        self.switch.setText(switch)
        named = (self.field, self.search, self.table, self.list, self.bar)
        for part, name in zip(named, ("Name", "Search", "People", "Villages", "Done"), strict=True):
            part.setAccessibleName(name)

    def say(self):
        self.said.setText(WORDS[self.language][2].format(self.field.text()))

    def change_language(self):
        self.language = "zh" if self.language == "en" else "en"
        self.name_all()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    toy = Toy()
    toy.setWindowTitle("Toy")
    toy.resize(800, 480)
    toy.show()
    sys.exit(application.exec())
