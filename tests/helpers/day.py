"""One working day, up to the moment before the manager's last sync."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import Workbook

from server.practice.branch import make_branch
from server.practice.sheet import customers_as_rows
from tests.helpers.commands import Laptop, Server

TODAY = date(2026, 11, 22)
FIRST_PASSWORD = "erstes-Wort-11"


@dataclass
class Day:
    """What the day's steps leave behind for the checks."""

    server: Server
    mine: Laptop
    deputy: Laptop
    apart: str  # customer whose fields the two changed apart
    contested: str  # customer whose phone both changed
    new: str
    visit: str
    labels: Path


def spreadsheet(seed, count):
    """Return (headings, rows) of a manager's own list."""
    branch = make_branch(seed, today=TODAY, customers=count * 2, managers=1)
    headings, rows = customers_as_rows(branch, count)
    assert len(rows) == count
    return headings, rows


def as_xlsx(headings, rows):
    book = Workbook()
    for row in (headings, *rows):
        book.active.append([cell or None for cell in row])
    for cells in book.active.iter_rows(min_row=2):
        for cell in cells:
            cell.number_format = "@"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def as_csv(headings, rows, encoding="gb18030"):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode(encoding)


def open_branch(folder, database=None):
    """Return a practice server with a manager and a deputy, not yet serving."""
    server = Server(folder / "server")
    server.run("init", "--practice", *(["--database", database] if database else []))
    server.run("branch", "add", "霍山县支行", "--postcode", "237200")
    server.run("user", "add", "lihua", "--name", "李华", secrets=[FIRST_PASSWORD])
    server.run(
        "user", "add", "wangmin", "--name", "王敏", "--deputy-of", "lihua", secrets=[FIRST_PASSWORD]
    )
    return server


def live(folder, seed, count, database=None):
    """Live the day up to the last sync; the server is up and the deputy has synced."""
    server = open_branch(folder, database)
    try:
        return _live(folder, server, seed, count)
    except BaseException:
        server.stop()
        raise


def _live(folder, server, seed, count):
    headings, rows = spreadsheet(seed, count)
    (folder / "list.xlsx").write_bytes(as_xlsx(headings, rows))
    (folder / "list.csv").write_bytes(as_csv(headings, rows))
    taken = server.run("import", "customers", folder / "list.xlsx", "--manager", "lihua")
    assert taken["created"] == count
    again = server.run("import", "customers", folder / "list.csv", "--manager", "lihua")
    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, count)

    server.serve()
    mine, deputy = Laptop(folder / "mine"), Laptop(folder / "deputy")
    for laptop, login in ((mine, "lihua"), (deputy, "wangmin")):
        laptop.enrol(server, login, FIRST_PASSWORD)
        first = laptop.run("sync")
        assert first["verified"]
        assert first["received"] >= count
    server.stop()

    day = _offline(folder, server, mine, deputy, _somebody(headings, rows))
    server.serve()
    assert deputy.run("sync")["outcome"] == "complete"
    return day


def _somebody(headings, rows):
    """Return the row of somebody with a phone in the village where most customers live."""
    people = [dict(zip(headings, row, strict=True)) for row in rows]
    count = Counter(person["村"] for person in people if person["村"])
    village = count.most_common(1)[0][0]
    return next(p for p in people if p["村"] == village and p["手机号码"] and p["联系地址"])


def _offline(folder, server, mine, deputy, known):
    """No network: find, visit, edit, add, print; a colleague edits the same customers."""
    down = mine.try_("sync")
    assert down.code == 7
    assert down.answer["error"]["remedy"]
    customer = _found(mine, known["姓名"])
    card = mine.run("customers", "show", customer, "--reveal", "--reason", "identify")
    village = card["fields"]["village"]
    others = [c for c in mine.run("customers", "find", village)["customers"] if c["id"] != customer]
    assert others
    contested = others[0]["id"]

    saved = mine.run(
        *("visits", "add", customer, "--summary", "谈了存款到期", "--need", "定期存款"),
        *("--next-step", "送理财材料", "--next-on", "2026-12-01"),
    )
    assert saved["task"]
    mine.run("customers", "edit", customer, "phone=154 0000 1111")
    mine.run("customers", "edit", contested, "phone=15400002222")
    added = ["name=欧阳𠮷祥", "phone=15400003333", "gender=男", f"village={village}"]
    new = mine.run("customers", "add", *added, f"address={card['fields']['address']}")
    labels = folder / "labels.pdf"
    made = mine.run("labels", labels, "--village", village, "--purpose", "service")
    assert made["labels"] >= 2

    deputy.run("customers", "edit", customer, "occupation=茶农")
    deputy.run("customers", "edit", contested, "phone=15400004444")
    return Day(server, mine, deputy, customer, contested, new["record"], saved["visit"], labels)


def _found(laptop, name):
    found = laptop.run("customers", "find", name)["customers"]
    assert any(c["fields"]["name"] == name for c in found)
    return next(c["id"] for c in found if c["fields"]["name"] == name)


def fields_of(laptop, customer):
    return laptop.run("customers", "show", customer, "--reveal", "--reason", "identify")["fields"]
