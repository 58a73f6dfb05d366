"""Files that are something else, damaged or made to harm end as located BadFile, soon."""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from itertools import pairwise

import pytest

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.files import read_table
from tests.unit.interchange.workbooks import (
    MAIN,
    archive,
    excel,
    libreoffice,
    package,
    sheet_xml,
    simple,
    strings_xml,
    wps,
)

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def code_of(data, name="a.xlsx"):
    with pytest.raises(BadFile) as caught:
        read_table(data, name)
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty_file"),
        (b" \r\n\t", "import.empty_file"),
        (OLE, "import.old_excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "import.encrypted"),
        (struct.pack("<HHHH", 0x0809, 8, 0, 0x10), "import.old_excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "import.picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "import.picture"),
        (b"\x00\x00\x00\x18ftypheic\x00", "import.picture"),
        (b"%PDF-1.7\n%\xe2\xe3", "import.pdf"),
        (b"<html><body><table><tr><td>1", "import.html"),
        (b"\xef\xbb\xbf \n<!DOCTYPE HTML>", "import.html"),
        (b'<?xml version="1.0"?><html xmlns="">', "import.html"),
        (b"MIME-Version: 1.0\nX-Document-Type: Workbook", "import.html"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com">', "import.xml"),
        (b"Rar!\x1a\x07\x01\x00", "import.archive"),
        (b"\x1f\x8b\x08\x00\x00\x00", "import.archive"),
        (b"\x00\x01\x02\x03", "import.damaged"),  # by the name it has
        (b"PK\x03\x04", "import.damaged"),
        (archive({"a.txt": "x"}), "import.archive"),
        (archive({"Index/Document.iwa": "x"}), "import.numbers"),
        (archive({"xl/workbook.bin": "x"}), "import.xlsb"),
        (archive({"word/document.xml": "x", "[Content_Types].xml": ""}), "import.not_a_table"),
        (archive({"mimetype": "x", "content.xml": ""}), "import.ods"),
        (archive({"[Content_Types].xml": ""}), "import.damaged"),
    ],
)
def test_other_kinds_of_files_are_called_by_their_name(data, code):
    assert code_of(data) == code


def test_a_csv_file_that_begins_like_a_picture_is_still_a_csv_file():
    assert read_table("BM,姓名\n1,张三\n".encode(), "a.csv").headings == ("BM", "姓名")


def test_a_password_on_the_zip_itself_is_a_bad_file():
    data = bytearray(simple(["姓名"]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1  # "encrypted"
            at = data.find(mark, at + 1)
    assert code_of(bytes(data)) == "import.damaged"


def test_a_file_beyond_the_limit_is_not_even_opened():
    assert code_of(b"PK\x03\x04" + bytes(limits.MAX_FILE_BYTES)) == "import.too_large"


@contextmanager
def second_part(out, name):
    """Write a part once more into an archive; the last one of a name counts."""
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        with pytest.warns(UserWarning, match="Duplicate"):
            part = made.open(name, "w")
        with part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            yield part


def bomb(size):
    """A small archive whose sheet unpacks to `size` bytes of blanks after good XML."""
    out = io.BytesIO(package(sheet_xml("")))
    with second_part(out, "xl/worksheets/sheet1.xml") as grown:
        for _ in range(size // 2**20):
            grown.write(b" " * 2**20)
    return out.getvalue()


def test_a_zip_bomb_that_admits_its_size_is_refused_unread(judge):
    data = bomb(limits.MAX_UNPACKED_BYTES + 2**21)
    started = time.perf_counter()

    assert len(data) < 8 * 2**20
    assert code_of(data) == "import.unpacked_too_large"
    judge.within(5, time.perf_counter() - started, "to refuse")


def test_a_zip_bomb_that_lies_about_its_size_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**20)
    data = bytearray(bomb(2**22))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)  # its size by the directory

    assert code_of(bytes(data)) in ("import.unpacked_too_large", "import.damaged")


def test_an_archive_of_very_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_PARTS", 100)
    assert code_of(archive({f"{i}.xml": "" for i in range(101)})) == "import.unpacked_too_large"


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + "]>"
)


@pytest.mark.parametrize("part", ["sheet", "strings", "styles", "workbook", "relations"])
def test_entities_and_document_types_are_refused_in_every_part(judge, part):
    parts = {"sheet": sheet_xml(""), part: ENTITIES + f'<worksheet xmlns="{MAIN}">&i;</worksheet>'}
    started = time.perf_counter()

    assert code_of(package(parts.pop("sheet"), **parts)) == "import.damaged"
    judge.within(1, time.perf_counter() - started, "to refuse")


def test_an_outside_entity_is_never_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    text = (
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]><sst xmlns="{MAIN}">'
        "<si><t>&a;</t></si></sst>"
    )
    assert code_of(package(sheet_xml(""), strings=text)) == "import.damaged"


def test_a_tag_without_end_is_stopped_soon(judge):
    data = package(sheet_xml(f'<row r="1" x="{"y" * (8 * 2**20)}"/>'))
    started = time.perf_counter()

    assert code_of(data) == "import.damaged"
    judge.within(2, time.perf_counter() - started, "to stop")


@pytest.mark.parametrize(
    ("limit", "value", "rows", "code"),
    [
        ("MAX_ROWS", 50, 60, "import.too_many_rows"),
        ("MAX_CELLS", 50, 60, "import.too_many_cells"),
        ("MAX_XML_ELEMENTS", 50, 60, "import.too_many_cells"),
        ("MAX_TABLE_CHARACTERS", 50, 60, "import.too_much_text"),
    ],
)
def test_more_than_a_table_may_hold_is_refused(monkeypatch, limit, value, rows, code):
    monkeypatch.setattr(limits, limit, value)
    assert code_of(simple(*([["姓名"]] * rows))) == code


def test_ten_million_rows_end_at_the_limit_in_bounded_time_and_memory():
    out = io.BytesIO(package(sheet_xml("")))
    with second_part(out, "xl/worksheets/sheet1.xml") as part:
        for _ in range(1000):
            part.write(b"<row><c><v>1</v></c></row>" * 10_000)
    tracemalloc.start()
    assert code_of(out.getvalue()) == "import.too_many_rows"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 2**20


def test_too_many_columns_are_refused_with_their_line():
    with pytest.raises(BadFile) as caught:
        read_table(simple(["x"] * 201), "a.xlsx")
    assert caught.value.facts["line"] == 1


def test_merges_beyond_measure_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_MERGES", 10)
    many = "<mergeCells>" + '<mergeCell ref="A1:A9"/>' * 11 + "</mergeCells>"
    assert code_of(package(sheet_xml("", many))) == "import.too_many_cells"
    monkeypatch.setattr(limits, "MAX_MERGES", 200_000)
    monkeypatch.setattr(limits, "MAX_CELLS", 1000)
    tall = '<mergeCells><mergeCell ref="A1:A9999"/></mergeCells>'
    data = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert code_of(package(sheet_xml(data, tall))) == "import.damaged"


def test_names_that_climb_out_lead_nowhere(tmp_path):
    target = "../" * 12 + str(tmp_path / "secret.xml").lstrip("/")
    (tmp_path / "secret.xml").write_text(strings_xml("<t>geheim</t>"))
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="x/sharedStrings" Target="{target}"/></Relationships>'
    )
    sheet = sheet_xml('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    data = package(sheet, relations=relations)
    assert code_of(data) == "import.damaged"  # there is no such string


ROWS = (
    ["姓名", "手机", "身份证号", "备注"],
    ["张三", "13800000000", "11010119900101123X", "老客户，好"],
    ["李四", "13800000001", "", "x"],
)


def mutations(data, rng, count):
    """Copies of `data` that are cut off, or have bits, bytes or whole stretches changed."""
    for _ in range(count):
        spoilt = bytearray(data)
        how = rng.randrange(4)
        if how == 0:
            del spoilt[rng.randrange(len(spoilt)) :]
        elif how == 1:
            for _ in range(rng.randint(1, 8)):
                spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
        elif how == 2:
            at = rng.randrange(len(spoilt))
            spoilt[at : at + rng.randint(1, 40)] = rng.randbytes(rng.randint(0, 40))
        else:
            at, to = rng.randrange(len(spoilt)), rng.randrange(len(spoilt))
            length = rng.randint(1, 60)
            spoilt[to : to + length] = spoilt[at : at + length]
        yield bytes(spoilt)


def read_or_refused(data, name):
    """1 for a file that is refused as BadFile, 0 for one that is read; others escape."""
    try:
        read_table(data, name)
    except BadFile:
        return 1
    return 0


@pytest.mark.parametrize("program", [excel, wps, libreoffice])
def test_a_damaged_archive_never_raises_anything_but_bad_file(program, seed):
    rng = random.Random(seed)
    refused = sum(read_or_refused(d, "a.xlsx") for d in mutations(program(*ROWS), rng, 300))
    assert refused > 150


@pytest.mark.parametrize(
    "name",
    [
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    ],
)
def test_a_damaged_part_never_raises_anything_but_bad_file(name, seed):
    rng = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(excel(*ROWS))) as whole:
        parts = {entry: whole.read(entry) for entry in whole.namelist()}
    refused = 0
    for spoilt in mutations(parts[name], rng, 200):
        refused += read_or_refused(archive({**parts, name: spoilt}), "a.xlsx")
    assert refused > 50


def test_a_damaged_csv_never_raises_anything_but_bad_file(seed):
    rng = random.Random(seed)
    text = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS)
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        data = text.encode(encoding)
        outcomes = [read_or_refused(d, "a.csv") for d in mutations(data, rng, 200)]
        assert len(outcomes) == 200


def test_bytes_of_no_kind_are_refused_whatever_the_name():
    assert code_of(b"\x00\x01\x02\x03", "a.csv") == "import.unknown_kind"
