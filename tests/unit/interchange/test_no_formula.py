"""Nothing that a spreadsheet would run leaves this program: every table that it can write."""

from __future__ import annotations

import ast
import csv
import io

import openpyxl
import pytest

from crm.domain.kinds import SCHEMA
from crm.interchange.export import CSV_ENCODINGS, write_csv, write_xlsx
from crm.interchange.files import read_table
from crm.interchange.headings import match_headings
from crm.interchange.mending import bad_rows_file
from crm.interchange.reading import read_customers
from crm.interchange.xlsx_out import xlsx_bytes
from tests.helpers.house import ROOT

CUSTOMER = SCHEMA["customer"]
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
EVIL = [
    *(f"{first}cmd|' /C calc'!A0" for first in BEGINNINGS),
    *(f"'{first}1+1" for first in BEGINNINGS),
    *(f"{space}=1+1" for space in (" ", "\u3000", "\u00a0", "\u200b", "\ufeff", "\x0b", "\x0c")),
    '=HYPERLINK("http://127.0.0.1/?"&A1)',
    'a",=1+1,"b',
    "a\n=1+1",
    "张三",
]
WRITERS = {"write_csv", "write_xlsx", "bad_rows_file", "xlsx_bytes"}


def a_record(text):
    """A customer whose every text is `text`, whatever the checks would say to that."""
    return {spec.name: [text] if spec.type.name == "WORDS" else text for spec in CUSTOMER.fields}


def cells_of_csv(data, encoding):
    return [cell for row in csv.reader(io.StringIO(data.decode(encoding))) for cell in row]


def harmless(cell):
    """A spreadsheet that opens a csv file strips spaces and odd marks before it looks."""
    seen = cell.lstrip("\u200b\ufeff \u3000\u00a0\x0b\x0c")
    return not seen.startswith(BEGINNINGS)


def check_book(data, texts):
    """Every cell is text with the text format, marked as such where it looks like a formula."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}, [c.value for c in cells]
    assert {cell.number_format for cell in cells} == {"@"}
    unmarked = [c.value for c in cells if not c.quotePrefix and not harmless(c.value)]
    assert unmarked == []
    assert any(text in str(cell.value) for text in texts for cell in cells)


@pytest.mark.parametrize("encoding", CSV_ENCODINGS)
def test_no_cell_of_a_csv_export_begins_as_a_formula(encoding):
    texts = [text for text in EVIL if can_be_written(text, encoding)]
    data = write_csv(CUSTOMER, [a_record(text) for text in texts], encoding=encoding)
    assert [cell for cell in cells_of_csv(data, encoding) if not harmless(cell)] == []


def can_be_written(text, encoding):
    try:
        return bool(text.encode(encoding))
    except UnicodeEncodeError:
        return False


def test_every_cell_of_an_xlsx_export_is_text_and_marked_as_text():
    check_book(write_xlsx(CUSTOMER, [a_record(text) for text in EVIL]), EVIL)


def test_every_cell_of_any_other_list_is_text_and_marked_as_text():
    """The receipts' and every other list goes through the same writer, headings as well."""
    check_book(xlsx_bytes("=1+1", EVIL, [EVIL], [10] * len(EVIL)), EVIL)


def test_rows_to_mend_and_their_headings_are_marked_as_text():
    evil = [text for text in EVIL if "\n" not in text and "\r" not in text]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["姓名", "手机", "=1+1", "@SUM(A1)"])
    writer.writerows(["", text, text, text] for text in evil)
    table = read_table(out.getvalue().encode("utf-8-sig"), "list.csv")
    reading = read_customers(table, match_headings(table.headings, CUSTOMER), CUSTOMER)
    assert len(reading.bad) == len(evil)
    check_book(bad_rows_file(reading, "zh"), evil)


def test_there_is_no_other_writer_of_tables():
    """Who adds one adds it here: whatever imports csv or openpyxl, or makes such a file."""
    found = set()
    for room in ("crm", "desktop", "server"):
        for file in (ROOT / room).rglob("*.py"):
            found |= {(room, name) for name in writes_tables(file)}
    assert found == {("crm", "csv.writer"), ("crm", "ZipFile")}


def writes_tables(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in {"writer", "DictWriter"}:
            yield "csv.writer"
        if node.func.attr == "ZipFile" and any(_is_w(arg) for arg in node.args):
            yield "ZipFile"


def _is_w(argument):
    return isinstance(argument, ast.Constant) and argument.value == "w"
